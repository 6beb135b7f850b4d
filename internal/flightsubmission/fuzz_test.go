package flightsubmission_test

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/terraform-msstore/terraform-provider-msstore/internal/artifact"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/flightsubmission"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/inspection"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/storeapi"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/workflow"
)

// answers is a Store that gives every request the same reply.
type answers string

// RoundTrip implements http.RoundTripper.
func (a answers) RoundTrip(req *http.Request) (*http.Response, error) {
	return &http.Response{StatusCode: http.StatusOK, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(string(a))), Request: req}, nil
}

type anyToken struct{}

// GetToken implements azcore.TokenCredential.
func (anyToken) GetToken(context.Context, policy.TokenRequestOptions) (azcore.AccessToken, error) {
	return azcore.AccessToken{Token: "token", ExpiresOn: time.Now().Add(time.Hour)}, nil
}

// emptyState is a state of the resource with nothing in it.
func emptyState(t *testing.T) tfsdk.State {
	t.Helper()
	var described resource.SchemaResponse
	flightsubmission.NewResource(inspection.New(artifact.Options{}))().Schema(t.Context(), resource.SchemaRequest{}, &described)
	kind := described.Schema.Type().TerraformType(t.Context())
	return tfsdk.State{Schema: described.Schema, Raw: tftypes.NewValue(kind, nil)}
}

// Whatever the Store replies, an import can write it into the state, the state says afterwards what the Store said, and
// the next refresh leaves it as it is.
func FuzzState(f *testing.F) {
	const ids = `"id":"1152921504621086517","flightId":"43e448df-97c9-4a43-a0bc-2a445e736bcd"`
	for _, members := range []string{
		``,
		`,"status":"Published","targetPublishMode":"SpecificDate","targetPublishDate":"9999-12-31T23:59:59.9999999Z","notesForCertification":"a\r\nb"`,
		`,"status":"PendingCommit","flightPackages":[{"fileName":"a.msix","id":"1","version":"1.2.3.0","minimumDirectXVersion":"None"},{"fileName":"a.msix","id":"2","fileStatus":"PendingDelete"}]`,
		`,"status":"x","statusDetails":{"errors":[{"code":"A","details":["b",1]}],"certificationReports":[{"date":"soon","reportUrl":"\ud800"}]}`,
		`,"packageDeliveryOptions":{"packageRollout":{"isPackageRollout":"true","packageRolloutPercentage":"33.3"},"isMandatoryUpdate":true,"mandatoryUpdateEffectiveDate":"1601-01-01T00:00:00Z"}`,
		`,"flightPackages":[{},{"id":"1","fileStatus":"Uploaded","fileName":"b","languages":["de",null],"targetDeviceFamilies":["Windows.Desktop min version 10.0.17763.0"]}]`,
	} {
		f.Add("{" + ids + members + "}")
	}
	f.Fuzz(func(t *testing.T, body string) {
		if !json.Valid([]byte(body)) {
			return // It would be taken for cut off, and asked for again.
		}
		client, err := storeapi.New(storeapi.Options{Endpoint: "http://127.0.0.1", Credential: anyToken{}, Transport: answers(body)})
		if err != nil {
			t.Fatal(err)
		}
		ref := storeapi.FlightRef{ApplicationID: "9NBLGGH4R315", FlightID: "43e448df-97c9-4a43-a0bc-2a445e736bcd"}.Submission("1152921504621086517")
		submission, err := client.Submission(t.Context(), ref)
		if err != nil {
			return // Only what can be read reaches a state.
		}
		options := submission.PackageDeliveryOptions
		if options.IsMandatoryUpdate && options.MandatoryUpdateEffectiveDate.IsZero() || options.PackageRollout.IsPackageRollout && options.PackageRollout.Percentage == 0 {
			return // No configuration can ask for this.
		}

		var diags diag.Diagnostics
		state := emptyState(t)
		read := flightsubmission.Imported(t.Context(), submission, &diags)
		diags.Append(state.GetAttribute(t.Context(), path.Root("timeouts"), &read.Timeouts)...)
		diags.Append(state.Set(t.Context(), &read)...)
		before := state.Raw
		var again flightsubmission.Model
		diags.Append(state.Get(t.Context(), &again)...)

		now := &workflow.Tracked{Submission: submission, Record: workflow.Record{Imported: true}}
		desired := again.ToDesired(t.Context(), &again, &diags)
		differs := now.Difference(desired)
		if slices.ContainsFunc(submission.FlightPackages, func(p storeapi.FlightPackage) bool { return p.ID == "" || p.FileName == "" }) {
			differs.Packages = false // The Store has not read them yet.
		}
		if differs != (workflow.Difference{}) {
			t.Errorf("the state of %s is not what the Store said: %+v", body, differs)
		}
		again.Follow(t.Context(), now, &diags)
		diags.Append(state.Set(t.Context(), &again)...)
		noErrors(t, diags)
		if diff, err := before.Diff(state.Raw); err != nil || len(diff) > 0 {
			t.Errorf("a refresh changed the state of %s: %v, %v", body, diff, err)
		}
		tracked := again.Tracked(t.Context(), workflow.Record{Imported: true}, &diags)
		if got, want := tracked.Submission.TargetPublishDate, desired.PublishDate; !got.Equal(want) {
			t.Errorf("the state of %s hands on %v, not %v: %s", body, got, want, cmp.Diff(want, got))
		}
	})
}
