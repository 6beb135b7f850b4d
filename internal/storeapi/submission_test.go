package storeapi_test

import (
	"bytes"
	"encoding/json"
	"math"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/terraform-msstore/terraform-provider-msstore/internal/storeapi"
)

// realSubmission has what the documentation shows, what real replies have besides, and members that nobody has heard of
// at every level. Nothing in it is in the order or the spacing that this package would choose.
const realSubmission = `{
  "futureTop" : { "nested":[1, 2.50, 1e3, 12345678901234567890], "html":"<a>&\u0026" },
  "id" : "1152921504621215786" , "flightId":"43e448df-97c9-4a43-a0bc-2a445e736bcd",
  "status":"PendingCommit",
  "statusDetails" : {"errors":[{"code":"MissingFiles","details":"x.msix","futureError":1e0}],"warnings":[{"code":"Other","details":{"odd":true}}],
    "certificationReports":[{"date":"2016-06-17T21:29:44Z","reportUrl":"https://report.example/?id=1","futureReport":null}],"futureDetails":[]},
  "flightPackages":[
    {"fileName":"app.msix","fileStatus":"Uploaded","id":"2000000000090432659","version":"1.2.3.0","architecture":"x64","targetPlatform":"Windows10",
     "languages":["en-us", "de-de"],"capabilities":["internetClient"],"targetDeviceFamilies":["Windows.Desktop min version 10.0.17763.0"],
     "minimumDirectXVersion":"None","minimumSystemRam":"None","innerPackages":[ {"a" : 1} ],"minOSVersion":"10.0"},
    null,
    {"fileName":"new.msix","fileStatus":"PendingUpload","id":"","version":null}
  ],
  "packageDeliveryOptions":{"packageRollout":{"isPackageRollout":true,"packageRolloutPercentage":1.25e1,"packageRolloutStatus":"PackageRolloutNotStarted",
    "fallbackSubmissionId":"0","isSeekEnabled": false},"isMandatoryUpdate":false,"mandatoryUpdateEffectiveDate":"1601-01-01T00:00:00.0000000Z","futureOption" : "x"},
  "fileUploadUrl":"https://blob.example/ingestion/g?sv=1&sig=SEC\u0026RET",
  "targetPublishMode":"Immediate","targetPublishDate":"","notesForCertification":"line\nline <b>"
}`

func readSubmission(t *testing.T, body string) (*storeapi.Client, *script, *storeapi.Submission) {
	t.Helper()
	store := newScript(t, step{want: "GET " + newPath, body: body, header: http.Header{"Ms-Correlationid": {"corr-7"}}})
	client := newClient(t, store)
	got, err := client.Submission(t.Context(), newRef)
	if err != nil {
		t.Fatal(err)
	}
	return client, store, got
}

// update sends a submission and gives the body that the Store got.
func update(t *testing.T, client *storeapi.Client, store *script, submission *storeapi.Submission) string {
	t.Helper()
	store.steps = append(store.steps, step{want: "PUT " + newPath, body: submissionBody(newID, "PendingCommit")})
	if _, err := client.UpdateSubmission(t.Context(), submission); err != nil {
		t.Fatal(err)
	}
	return store.bodies[len(store.bodies)-1]
}

func TestSubmission(t *testing.T) {
	t.Parallel()
	t.Run("whole", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			_, _, got := readSubmission(t, realSubmission)
			want := &storeapi.Submission{
				Ref:    newRef,
				Status: storeapi.StatusPendingCommit,
				StatusDetails: storeapi.StatusDetails{
					Errors:   []storeapi.StatusDetail{{Code: "MissingFiles", Details: "x.msix"}},
					Warnings: []storeapi.StatusDetail{{Code: "Other", Details: `{"odd":true}`}},
					CertificationReports: []storeapi.CertificationReport{
						{Date: time.Date(2016, 6, 17, 21, 29, 44, 0, time.UTC), ReportURL: "https://report.example/?id=1"},
					},
				},
				FlightPackages: []storeapi.FlightPackage{
					{
						ID: "2000000000090432659", FileName: "app.msix", FileStatus: storeapi.FileStatusUploaded, Version: "1.2.3.0",
						Architecture: "x64", TargetPlatform: "Windows10", MinimumDirectXVersion: "None", MinimumSystemRAM: "None",
						Languages: []string{"en-us", "de-de"}, Capabilities: []string{"internetClient"},
						TargetDeviceFamilies: []string{"Windows.Desktop min version 10.0.17763.0"},
					},
					{FileName: "new.msix", FileStatus: storeapi.FileStatusPendingUpload},
				},
				PackageDeliveryOptions: storeapi.PackageDeliveryOptions{
					PackageRollout: storeapi.PackageRollout{IsPackageRollout: true, Percentage: 12.5, Status: storeapi.RolloutNotStarted},
				},
				TargetPublishMode:     "Immediate",
				NotesForCertification: "line\nline <b>",
				CorrelationID:         "corr-7",
			}
			ignore := cmpopts.IgnoreUnexported(
				storeapi.Submission{}, storeapi.StatusDetails{}, storeapi.StatusDetail{}, storeapi.CertificationReport{},
				storeapi.FlightPackage{}, storeapi.PackageDeliveryOptions{}, storeapi.PackageRollout{},
			)
			if diff := cmp.Diff(want, got, ignore, cmpopts.IgnoreFields(storeapi.Submission{}, "FileUploadURL")); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
			if url := got.FileUploadURL.Reveal(); url != "https://blob.example/ingestion/g?sv=1&sig=SEC&RET" {
				t.Errorf("got upload URL %s", url)
			}
		})
	})
	for name, body := range map[string]string{
		"bare":  `{"ID":"1152921504621215786"}`,
		"nulls": `{"id":1152921504621215786,"status":null,"statusDetails":null,"flightPackages":null,"packageDeliveryOptions":null,"fileUploadUrl":null,"targetPublishDate":null}`,
		"hollow": `{"id":"1152921504621215786","flightId":null,"statusDetails":{"errors":null},"flightPackages":[null],"packageDeliveryOptions":{"packageRollout":null},"fileUploadUrl":"",
			"targetPublishDate":"1601-01-01T00:00:00Z"}`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				_, _, got := readSubmission(t, body)
				if got.Ref != newRef || got.Status != "" || got.FlightPackages != nil || !got.FileUploadURL.IsZero() || !got.TargetPublishDate.IsZero() {
					t.Errorf("got %+v", got)
				}
			})
		})
	}
	t.Run("said twice", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			client, store, got := readSubmission(t, `{"id":"`+newID+`","Status":"PendingCommit","x":1,"status":"Published","X":2,"notesForCertification":"n"}`)
			if got.Status != storeapi.StatusPublished {
				t.Errorf("got status %s, want the one with the right name", got.Status)
			}
			want := `{"id":"` + newID + `","status":"Published","x":1,"X":2,"notesForCertification":"n","packageDeliveryOptions":{"packageRollout":{"isPackageRollout":false,"packageRolloutPercentage":0},"isMandatoryUpdate":false}}`
			if diff := cmp.Diff(decode(t, want), decode(t, update(t, client, store, got))); diff != "" {
				t.Errorf("-want +sent:\n%s", diff)
			}
		})
	})
	for name, body := range map[string]string{
		"array":          `[]`,
		"text":           `"x"`,
		"odd status":     `{"status":[]}`,
		"odd packages":   `{"flightPackages":{}}`,
		"odd package":    `{"flightPackages":[1]}`,
		"odd percentage": `{"packageDeliveryOptions":{"packageRollout":{"packageRolloutPercentage":"many"}}}`,
		"odd flag":       `{"packageDeliveryOptions":{"isMandatoryUpdate":"perhaps"}}`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				if strings.HasPrefix(body, "{") {
					body = withID(body)
				}
				client := newClient(t, newScript(t, step{want: "GET " + newPath, body: body}))
				_, err := client.Submission(t.Context(), newRef)
				wantError(t, err, 0, "reading submission (application 9NBLGGH4R315, flight 43e448df-97c9-4a43-a0bc-2a445e736bcd, submission 1152921504621215786): the reply cannot be read: ")
			})
		})
	}
}

func TestUpdateSubmissionUnchanged(t *testing.T) {
	t.Parallel()
	t.Run("as it came", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			client, store, got := readSubmission(t, realSubmission)
			sent := update(t, client, store, got)
			// Everything comes back, numbers to the letter, but for the null among the packages.
			want := decode(t, strings.ReplaceAll(realSubmission, "    null,\n", ""))
			if diff := cmp.Diff(want, decode(t, sent)); diff != "" {
				t.Errorf("-read +sent:\n%s", diff)
			}
		})
	})
}

func TestUpdateSubmission(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		read   string
		change func(*storeapi.Submission)
		want   string
	}{
		"everything is said": {
			`{}`,
			func(*storeapi.Submission) {},
			`{"packageDeliveryOptions":{"packageRollout":{"isPackageRollout":false,"packageRolloutPercentage":0},"isMandatoryUpdate":false},"notesForCertification":""}`,
		},
		"nulls stay": {
			`{"statusDetails":null,"flightPackages":null,"packageDeliveryOptions":null,"targetPublishDate":null,"notesForCertification":null}`,
			func(*storeapi.Submission) {},
			`{"statusDetails":null,"flightPackages":null,"packageDeliveryOptions":{"packageRollout":{"isPackageRollout":false,"packageRolloutPercentage":0},"isMandatoryUpdate":false},"targetPublishDate":null,"notesForCertification":null}`,
		},
		"changed": {
			`{"Status":"PendingCommit","x":1,"flightPackages":[{"id":"7","fileName":"a","fileStatus":"Uploaded","y":2},{"id":"8","fileName":"b","fileStatus":"PendingUpload"}],` +
				`"packageDeliveryOptions":{"packageRollout":{"isPackageRollout":true,"packageRolloutPercentage":50.0,"packageRolloutStatus":"PackageRolloutNotStarted","fallbackSubmissionId":"0","z":3},` +
				`"IsMandatoryUpdate":false,"mandatoryUpdateEffectiveDate":"1601-01-01T00:00:00.0000000Z"},"targetPublishMode":"Manual","targetPublishDate":"2030-01-01T00:00:00Z","notesForCertification":"x"}`,
			func(s *storeapi.Submission) {
				s.FlightPackages = append(s.FlightPackages[:1], storeapi.FlightPackage{
					FileName: "d&d.msix", FileStatus: storeapi.FileStatusPendingUpload, MinimumDirectXVersion: "None", MinimumSystemRAM: "Memory2GB",
				})
				s.FlightPackages[0].FileStatus = storeapi.FileStatusPendingDelete
				s.PackageDeliveryOptions.PackageRollout.Percentage = 12.5
				s.PackageDeliveryOptions.IsMandatoryUpdate = true
				s.PackageDeliveryOptions.MandatoryUpdateEffectiveDate = time.Date(2030, 2, 3, 5, 5, 6, 700, time.FixedZone("CET", 3600))
				s.TargetPublishMode = "Immediate"
				s.TargetPublishDate = time.Time{}
				s.NotesForCertification = ""
			},
			`{"Status":"PendingCommit","x":1,"flightPackages":[{"id":"7","fileName":"a","fileStatus":"PendingDelete","y":2},` +
				`{"fileName":"d&d.msix","fileStatus":"PendingUpload","minimumDirectXVersion":"None","minimumSystemRam":"Memory2GB"}],` +
				`"packageDeliveryOptions":{"packageRollout":{"isPackageRollout":true,"packageRolloutPercentage":12.5,"packageRolloutStatus":"PackageRolloutNotStarted","fallbackSubmissionId":"0","z":3},` +
				`"IsMandatoryUpdate":true,"mandatoryUpdateEffectiveDate":"2030-02-03T04:05:06.0000007Z"},"targetPublishMode":"Immediate","targetPublishDate":"1601-01-01T00:00:00.0000000Z","notesForCertification":""}`,
		},
		"the same moment is no change": {
			`{"packageDeliveryOptions":{"packageRollout":{"isPackageRollout":"true","packageRolloutPercentage":"25"},"isMandatoryUpdate":true},"targetPublishDate":"2030-01-01T01:00:00+01:00","notesForCertification":"x"}`,
			func(s *storeapi.Submission) {
				s.TargetPublishDate = time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC)
				s.PackageDeliveryOptions.PackageRollout.IsPackageRollout = true
				s.PackageDeliveryOptions.PackageRollout.Percentage = 25
			},
			`{"packageDeliveryOptions":{"packageRollout":{"isPackageRollout":"true","packageRolloutPercentage":"25"},"isMandatoryUpdate":true},"targetPublishDate":"2030-01-01T01:00:00+01:00","notesForCertification":"x"}`,
		},
		"a date that is none is left alone": {
			`{"packageDeliveryOptions":{"packageRollout":{"isPackageRollout":false,"packageRolloutPercentage":0},"isMandatoryUpdate":false,"mandatoryUpdateEffectiveDate":"soon"},"notesForCertification":"x"}`,
			func(*storeapi.Submission) {},
			`{"packageDeliveryOptions":{"packageRollout":{"isPackageRollout":false,"packageRolloutPercentage":0},"isMandatoryUpdate":false,"mandatoryUpdateEffectiveDate":"soon"},"notesForCertification":"x"}`,
		},
		"all packages taken out": {
			`{"flightPackages":[{"id":"8","fileName":"b","fileStatus":"PendingUpload"}],"packageDeliveryOptions":{"packageRollout":{"isPackageRollout":false,"packageRolloutPercentage":0},"isMandatoryUpdate":false},"notesForCertification":"x"}`,
			func(s *storeapi.Submission) { s.FlightPackages = nil },
			`{"flightPackages":[],"packageDeliveryOptions":{"packageRollout":{"isPackageRollout":false,"packageRolloutPercentage":0},"isMandatoryUpdate":false},"notesForCertification":"x"}`,
		},
		"a tiny percentage": {
			`{"notesForCertification":"x"}`,
			func(s *storeapi.Submission) { s.PackageDeliveryOptions.PackageRollout.Percentage = 0.0000001 },
			`{"notesForCertification":"x","packageDeliveryOptions":{"packageRollout":{"isPackageRollout":false,"packageRolloutPercentage":0.0000001},"isMandatoryUpdate":false}}`,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				client, store, got := readSubmission(t, withID(test.read))
				test.change(got)
				if diff := cmp.Diff(decode(t, withID(test.want)), decode(t, update(t, client, store, got))); diff != "" {
					t.Errorf("-want +sent:\n%s", diff)
				}
			})
		})
	}
	t.Run("a text with a credential is shown without it and sent as it came", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			const body = `{"id":"` + newID + `","statusDetails":{"errors":[{"code":"Other","details":"PUT https://h/i?sig=SECRET"}],"warnings":[{"code":"Other","details":{"url":"https://h/i?sig=SECRET"}}]},` +
				`"packageDeliveryOptions":{"packageRollout":{"isPackageRollout":false,"packageRolloutPercentage":0},"isMandatoryUpdate":false},"notesForCertification":"x"}`
			client, store, got := readSubmission(t, body)
			if shown := got.StatusDetails.Errors[0].Details + got.StatusDetails.Warnings[0].Details; shown != `PUT https://h/i?REDACTED{"url":"https://h/i?REDACTED"}` {
				t.Errorf("shows %s", shown)
			}
			if diff := cmp.Diff(decode(t, body), decode(t, update(t, client, store, got))); diff != "" {
				t.Errorf("-read +sent:\n%s", diff)
			}
		})
	})
	t.Run("not a number", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			client, _, got := readSubmission(t, withID(`{}`))
			got.PackageDeliveryOptions.PackageRollout.Percentage = math.NaN()
			_, err := client.UpdateSubmission(t.Context(), got)
			wantError(t, err, 0, "member packageDeliveryOptions: member packageRollout: member packageRolloutPercentage: NaN")
		})
	})
	t.Run("repeated", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			put := step{want: "PUT " + newPath}
			unavailable, lost, cut, done := put, put, put, put
			unavailable.status, lost.lost, done.body = 503, errReset, submissionBody(newID, "PendingCommit")
			cut.body, cut.cut = done.body, true
			store := newScript(t, unavailable, lost, cut, done)
			got, err := newClient(t, store).UpdateSubmission(t.Context(), &storeapi.Submission{Ref: newRef, TargetPublishMode: "Immediate"})
			if err != nil || got.NotesForCertification != "hello" || got.Ref != newRef {
				t.Errorf("got %+v, %v", got, err)
			}
			for i, sent := range store.bodies {
				if sent != store.bodies[0] || sent == "" {
					t.Errorf("attempt %d sent %q, not %q", i+1, sent, store.bodies[0])
				}
			}
		})
	})
	t.Run("refused", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			client := newClient(t, newScript(t, step{want: "PUT " + newPath, status: 400, body: `{"code":"InvalidParameterValue","target":"packages","message":"Missing ids: 7"}`}))
			_, err := client.UpdateSubmission(t.Context(), &storeapi.Submission{Ref: newRef})
			wantError(t, err, 400, "400 Bad Request InvalidParameterValue (packages): Missing ids: 7")
		})
	})
}

// decode reads JSON with its numbers as text.
func decode(t *testing.T, text string) any {
	t.Helper()
	decoder := json.NewDecoder(strings.NewReader(text))
	decoder.UseNumber()
	var value any
	if err := decoder.Decode(&value); err != nil {
		t.Fatalf("%v in %s", err, text)
	}
	return value
}

// compact leaves out the spaces between values.
func compact(t *testing.T, value json.RawMessage) string {
	t.Helper()
	var out bytes.Buffer
	if len(value) > 0 {
		if err := json.Compact(&out, value); err != nil {
			t.Fatalf("%v in %q", err, value)
		}
	}
	return out.String()
}

func FuzzSubmission(f *testing.F) {
	f.Add(realSubmission)
	f.Add(submissionBody(newID, "Published"))
	f.Add(withID(`{"a":{"b":[1e400,-0,"\ud800"]},"STATUS":"x","status":"y","":null}`))
	f.Fuzz(func(t *testing.T, body string) {
		if !json.Valid([]byte(body)) {
			return // It would be taken for cut off, and asked for again.
		}
		store := &echo{body: body}
		client := newClient(t, store)
		submission, err := client.Submission(t.Context(), newRef)
		if err != nil {
			return // Only what can be read has to come back.
		}
		if _, err := client.UpdateSubmission(t.Context(), submission); err != nil {
			t.Fatal(err)
		}
		read, sent := members(t, body), members(t, store.sent)
		for name, value := range read {
			known := []string{"status", "statusdetails", "flightpackages", "packagedeliveryoptions", "fileuploadurl"}
			isKnown := slices.ContainsFunc(known, func(k string) bool { return strings.EqualFold(k, name) })
			if !isKnown && compact(t, sent[name]) != compact(t, value) {
				t.Errorf("member %q came back as %s, not as %s", name, sent[name], value)
			}
		}
		client = newClient(t, &echo{body: store.sent})
		again, err := client.Submission(t.Context(), newRef)
		if err != nil {
			t.Fatalf("what was sent cannot be read: %v\n%s", err, store.sent)
		}
		ignore := cmpopts.IgnoreUnexported(
			storeapi.Submission{}, storeapi.StatusDetails{}, storeapi.StatusDetail{}, storeapi.CertificationReport{},
			storeapi.FlightPackage{}, storeapi.PackageDeliveryOptions{}, storeapi.PackageRollout{},
		)
		if diff := cmp.Diff(submission, again, ignore, cmpopts.IgnoreFields(storeapi.Submission{}, "FileUploadURL", "CorrelationID")); diff != "" {
			t.Errorf("-read +sent:\n%s", diff)
		}
		if submission.FileUploadURL.Reveal() != again.FileUploadURL.Reveal() {
			t.Error("the upload URL changed")
		}
	})
}
