package workflow_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/terraform-msstore/terraform-provider-msstore/internal/storeapi"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/workflow"
)

func TestKeepPrevious(t *testing.T) {
	t.Parallel()
	// id, platform, families, architecture, version
	rows := [][]string{
		{"d9", "Windows10", "Windows.Desktop min version 10.0.17763.0", "x64", "1.9.0.0"},
		{"d10", "WINDOWS10", "windows.desktop min version 10.0.19041.0", "X64", "1.10.0.0"},
		{"d2", "Windows10", "Windows.Desktop min version 10.0.17763.0", "x64", "2.0.0.0"},
		{"arm", "Windows10", "Windows.Desktop min version 10.0.17763.0", "arm64", "1.0.0.0"},
		{"xbox", "Windows10", "Windows.Xbox min version 10.0.17763.0", "x64", "1.0.0.0"},
		{"both", "Windows10", "Windows.Desktop min version 10.0.17763.0|Windows.Holographic min version 10.0.17763.0", "x64", "1.1.0.0"},
		{"eight", "Windows81", "", "x64", "0.1.0.0"},
		{"odd", "Windows81", "", "x64", ""},
	}
	draft := func() *storeapi.Submission {
		s := &storeapi.Submission{}
		for _, r := range rows {
			p := storeapi.FlightPackage{ID: r[0], FileName: r[0] + ".msix", FileStatus: "Uploaded", TargetPlatform: r[1], Architecture: r[3], Version: r[4]}
			if r[2] != "" {
				p.TargetDeviceFamilies = strings.Split(r[2], "|")
			}
			s.FlightPackages = append(s.FlightPackages, p)
		}
		return s
	}
	for count, want := range map[int][]string{
		0: nil,
		1: {"d2", "arm", "xbox", "both", "eight"},
		2: {"d10", "d2", "arm", "xbox", "both", "eight", "odd"},
		9: {"d9", "d10", "d2", "arm", "xbox", "both", "eight", "odd"},
	} {
		s := draft()
		d := workflow.Desired{Content: workflow.Content{KeepPrevious: count, Packages: []workflow.Package{{Source: "new.msix", FileName: "new.msix", SHA256: "aa"}}}}
		if _, err := workflow.Compose(d, s, workflow.Record{}); err != nil {
			t.Fatal(err)
		}
		var kept []string
		for _, p := range s.FlightPackages {
			if p.FileStatus == storeapi.FileStatusUploaded {
				kept = append(kept, p.ID)
			}
		}
		if diff := cmp.Diff(want, kept); diff != "" {
			t.Errorf("keep %d (-want +got):\n%s", count, diff)
		}
		if got := len(s.FlightPackages); got != len(rows)+1 {
			t.Errorf("keep %d: %d entries; none may be left out", count, got)
		}
	}
}
