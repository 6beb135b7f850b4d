package storeid_test

import (
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/identityschema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/terraform-msstore/terraform-provider-msstore/internal/storeid"
)

// identified is the import of an identity.
func identified(t *testing.T, schema identityschema.Schema, values map[string]string) resource.ImportStateRequest {
	t.Helper()
	object := map[string]tftypes.Value{}
	for name := range schema.Attributes {
		object[name] = tftypes.NewValue(tftypes.String, nil)
	}
	for name, value := range values {
		object[name] = tftypes.NewValue(tftypes.String, value)
	}
	return resource.ImportStateRequest{Identity: &tfsdk.ResourceIdentity{
		Schema: schema, Raw: tftypes.NewValue(schema.Type().TerraformType(t.Context()), object),
	}}
}

func TestImportByIdentity(t *testing.T) {
	t.Parallel()
	var diags diag.Diagnostics
	ref := storeid.ImportedFlight(t.Context(), identified(t, storeid.FlightIdentitySchema(),
		map[string]string{"application_id": app, "flight_id": flight}), &diags)
	if diags.HasError() || ref.ApplicationID != app || ref.FlightID != flight {
		t.Errorf("flight: %+v, %v", ref, diags)
	}
	for name, given := range map[string]string{"with its ID": submission, "without": ""} {
		values := map[string]string{"application_id": app, "flight_id": flight}
		if given != "" {
			values["submission_id"] = given
		}
		ref, id := storeid.ImportedSubmission(t.Context(), identified(t, storeid.SubmissionIdentitySchema(), values), &diags)
		if diags.HasError() || ref.ApplicationID != app || ref.FlightID != flight || id != given {
			t.Errorf("submission %s: %+v, %q, %v", name, ref, id, diags)
		}
	}
}

func TestImportByIdentityRefuses(t *testing.T) {
	t.Parallel()
	wrong := map[string]string{"application_id": "Contoso.Sample", "flight_id": flight}
	for name, read := range map[string]func(diags *diag.Diagnostics){
		"flight": func(diags *diag.Diagnostics) {
			storeid.ImportedFlight(t.Context(), identified(t, storeid.FlightIdentitySchema(), wrong), diags)
		},
		"submission": func(diags *diag.Diagnostics) {
			storeid.ImportedSubmission(t.Context(), identified(t, storeid.SubmissionIdentitySchema(), wrong), diags)
		},
		"submission for a flight": func(diags *diag.Diagnostics) {
			storeid.ImportedFlight(t.Context(), resource.ImportStateRequest{ID: app + "/" + flight + "/" + submission}, diags)
		},
	} {
		var diags diag.Diagnostics
		read(&diags)
		if len(diags) != 1 || diags[0].Summary() != "Unusable import ID" || !strings.Contains(diags[0].Detail(), "import ID") {
			t.Errorf("%s: %v", name, diags)
		}
	}
}

func TestReplacesFlight(t *testing.T) {
	t.Parallel()
	for planned, replaces := range map[string]bool{
		strings.ToUpper(flight):                false,
		"00000000-97c9-4a43-a0bc-2a445e736bcd": true,
	} {
		known := tfsdk.State{Raw: tftypes.NewValue(tftypes.String, "")}
		req := planmodifier.StringRequest{
			StateValue: types.StringValue(flight), PlanValue: types.StringValue(planned),
			State: known, Plan: tfsdk.Plan{Raw: known.Raw},
		}
		var resp planmodifier.StringResponse
		storeid.ReplacesFlight().PlanModifyString(t.Context(), req, &resp)
		if resp.RequiresReplace != replaces {
			t.Errorf("%s instead of %s: replaced %t, want %t", planned, flight, resp.RequiresReplace, replaces)
		}
	}
}
