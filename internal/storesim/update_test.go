package storesim_test

import (
	"fmt"
	"net/http"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/terraform-msstore/terraform-provider-msstore/internal/storesim"
)

// draft is a flight with two published packages and a draft that has a third one waiting.
func draft(t *testing.T) (s *store, flight, id string, kept [2]string) {
	t.Helper()
	s = start(t, storesim.Options{})
	flight = s.AddFlight(s.app, storesim.Flight{})
	s.AddPublishedSubmission(s.app, flight, storesim.Published{
		Packages: []storesim.Package{{FileName: "a.msix", Version: "1.0.0.0"}, {FileName: "b.msix", Version: "1.0.0.0", Architecture: "x86"}},
		Notes:    "old notes",
		Rollout:  &storesim.Rollout{Enabled: true, Percentage: 100, Status: "PackageRolloutComplete"},
	})
	id = s.AddDraft(s.app, flight, storesim.Draft{Packages: []storesim.Package{{FileName: "c.msix"}}})
	packages := s.PublishedPackages(s.app, flight)
	return s, flight, id, [2]string{packages[0].ID, packages[1].ID}
}

func TestUpdatePackages(t *testing.T) {
	t.Parallel()
	const a, b = "a", "b" // stand for the ids of the two packages
	invalid := "InvalidParameterValue/packages"
	tests := map[string]struct {
		entries []map[string]any
		refused string
		want    []string
	}{
		"keep all":            {[]map[string]any{entry("a.msix", "Uploaded", a), entry("b.msix", "Uploaded", b)}, "", []string{"a.msix Uploaded", "b.msix Uploaded"}},
		"replace":             {[]map[string]any{entry("a.msix", "PendingDelete", a), entry("a.msix", "PendingUpload", ""), entry("b.msix", "Uploaded", b)}, "", []string{"a.msix PendingDelete", "a.msix PendingUpload", "b.msix Uploaded"}},
		"null id":             {[]map[string]any{entry("a.msix", "Uploaded", a), entry("b.msix", "Uploaded", b), {"fileName": "d.msix", "fileStatus": "PendingUpload", "id": nil}}, "", []string{"a.msix Uploaded", "b.msix Uploaded", "d.msix PendingUpload"}},
		"other casing":        {[]map[string]any{{"FileName": "a.msix", "FileStatus": "Uploaded", "Id": a, "MinimumSystemRam": "Memory2GB"}, entry("b.msix", "Uploaded", b)}, "", []string{"a.msix Uploaded", "b.msix Uploaded"}},
		"missing":             {[]map[string]any{entry("b.msix", "Uploaded", b)}, invalid, nil},
		"none":                {[]map[string]any{}, invalid, nil},
		"existing to upload":  {[]map[string]any{entry("a.msix", "PendingUpload", a), entry("b.msix", "Uploaded", b)}, invalid, nil},
		"no id":               {[]map[string]any{entry("a.msix", "Uploaded", ""), entry("b.msix", "Uploaded", b)}, invalid, nil},
		"wrong id":            {[]map[string]any{entry("a.msix", "Uploaded", "77"), entry("b.msix", "Uploaded", b)}, invalid, nil},
		"twice":               {[]map[string]any{entry("a.msix", "Uploaded", a), entry("a.msix", "PendingDelete", a), entry("b.msix", "Uploaded", b)}, invalid, nil},
		"waiting to delete":   {[]map[string]any{entry("a.msix", "Uploaded", a), entry("b.msix", "Uploaded", b), entry("c.msix", "PendingDelete", "")}, invalid, nil},
		"number for id":       {[]map[string]any{{"fileName": "a.msix", "fileStatus": "Uploaded", "id": 1}}, "InvalidParameterValue/submission", nil},
		"status in lower":     {[]map[string]any{entry("a.msix", "uploaded", a), entry("b.msix", "Uploaded", b)}, "InvalidParameterValue/fileStatus", nil},
		"no name":             {[]map[string]any{entry("", "PendingUpload", "")}, "InvalidParameterValue/fileName", nil},
		"wrong DirectX":       {[]map[string]any{{"fileName": "d", "fileStatus": "PendingUpload", "minimumDirectXVersion": "directx93"}}, "InvalidParameterValue/minimumDirectXVersion", nil},
		"wrong RAM":           {[]map[string]any{{"fileName": "d", "fileStatus": "PendingUpload", "minimumSystemRam": "2"}}, "InvalidParameterValue/minimumSystemRam", nil},
		"more than 30":        {many(a, b, 29), invalid, nil},
		"30":                  {many(a, b, 28), "", append([]string{"a.msix Uploaded", "b.msix Uploaded"}, names(28)...)},
		"without the member":  {nil, "", []string{"a.msix Uploaded", "b.msix Uploaded", "c.msix PendingUpload"}},
		"another list's name": {nil, "", []string{"a.msix Uploaded", "b.msix Uploaded", "c.msix PendingUpload"}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, flight, id, kept := draft(t)
			body := map[string]any{"targetPublishMode": "Immediate"}
			if test.entries != nil {
				body["flightPackages"] = withIDs(test.entries, kept)
			}
			if name == "another list's name" {
				body["applicationPackages"] = []any{}
			}
			got := s.do(http.MethodPut, s.path(flight, id), body)
			if test.refused != "" {
				got.wantError(t, 400, test.refused)
				test.want = []string{"a.msix Uploaded", "b.msix Uploaded", "c.msix PendingUpload"}
			} else {
				got.want(t, 200)
			}
			snapshot, _ := s.Submission(s.app, flight, id)
			var packages []string
			for _, p := range snapshot.Packages {
				packages = append(packages, p.FileName+" "+p.FileStatus)
			}
			if diff := cmp.Diff(test.want, packages); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// TestUpdateNamesMissing has the refusal list the ids [store-api 2.2].
func TestUpdateNamesMissing(t *testing.T) {
	t.Parallel()
	s, flight, id, kept := draft(t)
	got := s.do(http.MethodPut, s.path(flight, id), update())
	want := "Keep the entries of all existing packages; mark a package as PendingDelete to remove it. Packages missing in the update: " + kept[0] + ", " + kept[1]
	if got.text("message") != want {
		t.Errorf("message %s", got.text("message"))
	}
}

func withIDs(entries []map[string]any, ids [2]string) []map[string]any {
	result := []map[string]any{}
	for _, e := range entries {
		replaced := map[string]any{}
		for key, value := range e {
			switch value {
			case "a":
				value = ids[0]
			case "b":
				value = ids[1]
			}
			replaced[key] = value
		}
		result = append(result, replaced)
	}
	return result
}

func many(a, b string, more int) []map[string]any {
	entries := []map[string]any{entry("a.msix", "Uploaded", a), entry("b.msix", "Uploaded", b)}
	for i := range more {
		entries = append(entries, entry(fmt.Sprintf("%d.msix", i), "PendingUpload", ""))
	}
	return entries
}

func names(n int) []string {
	var list []string
	for i := range n {
		list = append(list, fmt.Sprintf("%d.msix PendingUpload", i))
	}
	return list
}

func TestUpdateMembers(t *testing.T) {
	t.Parallel()
	rollout := func(percentage string) string {
		return `{"packageDeliveryOptions":{"packageRollout":{"isPackageRollout":true,"packageRolloutPercentage":` + percentage +
			`,"packageRolloutStatus":"PackageRolloutComplete","fallbackSubmissionId":"5"},"isMandatoryUpdate":true,"mandatoryUpdateEffectiveDate":"2030-01-02T03:04:05Z"}}`
	}
	tests := map[string]struct {
		body, refused string
		path          []any
		want          any
	}{
		"not JSON":            {`x`, "InvalidParameterValue/submission", nil, nil},
		"visibility":          {`{"visibility":"Public"}`, "InvalidParameterValue/visibility", nil, nil},
		"visibility null":     {`{"Visibility":null}`, "", []any{"status"}, "PendingCommit"},
		"mode in lower":       {`{"targetPublishMode":"manual"}`, "InvalidParameterValue/targetPublishMode", nil, nil},
		"mode":                {`{"targetPublishMode":"Manual"}`, "", []any{"targetPublishMode"}, "Manual"},
		"mode left out":       {`{}`, "", []any{"targetPublishMode"}, "Immediate"},
		"notes":               {`{"NOTESFORCERTIFICATION":"hello"}`, "", []any{"notesForCertification"}, "hello"},
		"notes left out":      {`{}`, "", []any{"notesForCertification"}, ""},
		"no date for mode":    {`{"targetPublishMode":"SpecificDate","targetPublishDate":"1601-01-01T00:00:00.0000000Z"}`, "InvalidParameterValue/targetPublishDate", nil, nil},
		"date":                {`{"targetPublishMode":"SpecificDate","targetPublishDate":"2030-01-02T03:04:05+01:00"}`, "", []any{"targetPublishDate"}, "2030-01-02T02:04:05.0000000Z"},
		"wrong date":          {`{"targetPublishDate":"tomorrow"}`, "InvalidParameterValue/targetPublishDate", nil, nil},
		"empty date":          {`{"targetPublishDate":""}`, "", []any{"targetPublishDate"}, "1601-01-01T00:00:00.0000000Z"},
		"rollout":             {rollout("12.5"), "", []any{"packageDeliveryOptions", "packageRollout", "packageRolloutPercentage"}, 12.5},
		"rollout's status":    {rollout("12.5"), "", []any{"packageDeliveryOptions", "packageRollout", "packageRolloutStatus"}, "PackageRolloutNotStarted"},
		"rollout's fallback":  {rollout("12.5"), "", []any{"packageDeliveryOptions", "packageRollout", "fallbackSubmissionId"}, "0"},
		"mandatory":           {rollout("12.5"), "", []any{"packageDeliveryOptions", "mandatoryUpdateEffectiveDate"}, "2030-01-02T03:04:05.0000000Z"},
		"rollout left out":    {`{}`, "", []any{"packageDeliveryOptions", "packageRollout", "isPackageRollout"}, false},
		"percentage too high": {rollout("100.5"), "InvalidParameterValue/packageRolloutPercentage", nil, nil},
		"percentage negative": {rollout("-1"), "InvalidParameterValue/packageRolloutPercentage", nil, nil},
		"mandatory date": {
			`{"packageDeliveryOptions":{"mandatoryUpdateEffectiveDate":"soon"}}`, "InvalidParameterValue/mandatoryUpdateEffectiveDate", nil, nil,
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, flight, id, _ := draft(t)
			got := s.do(http.MethodPut, s.path(flight, id), test.body)
			if test.refused != "" {
				got.wantError(t, 400, test.refused)
				return
			}
			if got.want(t, 200).at(test.path...) != test.want {
				t.Errorf("%v is %v, want %v", test.path, got.at(test.path...), test.want)
			}
			again := s.do(http.MethodGet, s.path(flight, id), nil)
			if diff := cmp.Diff(got.json, again.json); diff != "" {
				t.Errorf("PUT and GET differ: %s", diff)
			}
		})
	}
}
