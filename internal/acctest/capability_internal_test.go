package acctest

import "testing"

func TestCapabilities(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		said       string
		capability Capability
		want       bool
	}{
		{"Terraform v1.10.5\non linux_amd64\n", Ephemeral, false},
		{"Terraform v1.11.0\non linux_amd64\n", Ephemeral, true},
		{"Terraform v1.12.0-rc1\non linux_amd64\n", Identity, true},
		{"Terraform v1.16.3\non linux_amd64\n", Actions, true},
		{"OpenTofu v1.10.10\non linux_amd64\n", Ephemeral, false},
		{"OpenTofu v1.11.0\non linux_amd64\n", Ephemeral, true},
		// The numbers of OpenTofu are not those of Terraform.
		{"OpenTofu v1.14.0\non linux_amd64\n", Lists, false},
	} {
		r, err := parseRelease(tt.said)
		if err != nil {
			t.Error(err)
		}
		if got := tt.capability.in(r); got != tt.want {
			t.Errorf("%q has %s: %t", tt.said, tt.capability.name, got)
		}
	}
	for _, said := range []string{"", "Terraform", "Terraform v0.15.5\n", "Terragrunt v1.2.3\n"} {
		if r, err := parseRelease(said); err == nil {
			t.Errorf("%q is %v", said, r)
		}
	}
}
