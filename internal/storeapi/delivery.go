package storeapi

import "time"

// PackageDeliveryOptions say how the packages of a submission reach the flight's members [store-api 4.1]. An update
// always sends the rollout and IsMandatoryUpdate, because a new submission inherits those of the one before it
// [store-api 8].
type PackageDeliveryOptions struct {
	PackageRollout    PackageRollout
	IsMandatoryUpdate bool
	// MandatoryUpdateEffectiveDate is in UTC; zero if it is not set.
	MandatoryUpdateEffectiveDate time.Time

	given object
}

func (o *PackageDeliveryOptions) kept() *object { return &o.given }

func (o *PackageDeliveryOptions) fields() []field {
	return []field{
		nested("packageRollout", &o.PackageRollout),
		saidFlag("isMandatoryUpdate", &o.IsMandatoryUpdate),
		date("mandatoryUpdateEffectiveDate", &o.MandatoryUpdateEffectiveDate),
	}
}
