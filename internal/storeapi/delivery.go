package storeapi

import "time"

// PackageDeliveryOptions say how the packages of a submission reach the flight's members [store-api 4.1]. An update
// always sends the rollout and IsMandatoryUpdate, because a new submission inherits those of the one before it
// [store-api 8].
type PackageDeliveryOptions struct {
	PackageRollout    PackageRollout `wire:"packageRollout"`
	IsMandatoryUpdate bool           `wire:"isMandatoryUpdate,always"`
	// MandatoryUpdateEffectiveDate is in UTC; zero if it is not set.
	MandatoryUpdateEffectiveDate time.Time `wire:"mandatoryUpdateEffectiveDate"`

	overlay
}
