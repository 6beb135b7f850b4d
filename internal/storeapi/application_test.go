package storeapi_test

import (
	"errors"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/terraform-msstore/terraform-provider-msstore/internal/storeapi"
)

func TestApplication(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		body string
		want storeapi.Application
	}{
		"whole": {
			`{"id":"9NBLGGH4R315","primaryName":"Demo","PackageFamilyName":"1234.Demo_abc","packageIdentityName":"1234.Demo","publisherName":"CN=x",
			  "firstPublishedDate":"2016-03-12T01:38:11.7718100Z","lastPublishedApplicationSubmission":{"id":"1152921504621086517"},
			  "pendingApplicationSubmission":{"id":"1152921504621215786","resourceLocation":"x"},"hasAdvancedListingPermission":true,"future":[]}`,
			storeapi.Application{
				ID: appID, PrimaryName: "Demo", PackageFamilyName: "1234.Demo_abc", PackageIdentityName: "1234.Demo", PublisherName: "CN=x",
				FirstPublishedDate:        time.Date(2016, 3, 12, 1, 38, 11, 771810000, time.UTC),
				LastPublishedSubmissionID: oldID, PendingSubmissionID: newID, HasAdvancedListingPermission: true,
			},
		},
		"never published": {
			`{"id":"9NBLGGH4R315","firstPublishedDate":"1601-01-01T00:00:00.0000000Z"}`,
			storeapi.Application{ID: appID},
		},
		"without zone": {
			`{"id":"9NBLGGH4R315","firstPublishedDate":"2016-03-12T01:38:11"}`,
			storeapi.Application{ID: appID, FirstPublishedDate: time.Date(2016, 3, 12, 1, 38, 11, 0, time.UTC)},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				client := newClient(t, newScript(t, step{want: "GET " + appPath, body: test.body}))
				got, err := client.Application(t.Context(), appID)
				if err != nil {
					t.Fatal(err)
				}
				if diff := cmp.Diff(&test.want, got); diff != "" {
					t.Errorf("-want +got:\n%s", diff)
				}
			})
		})
	}
	t.Run("odd id", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			client := newClient(t, newScript(t, step{want: "GET applications/a%2F..%3Fb%20", status: 404}))
			if _, err := client.Application(t.Context(), "a/..?b "); !storeapi.IsNotFound(err) {
				t.Errorf("got %v", err)
			}
		})
	})
	t.Run("odd reply", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			client := newClient(t, newScript(t, step{want: "GET " + appPath, body: `{"id":"9nblggh4r315","lastPublishedApplicationSubmission":7}`}))
			_, err := client.Application(t.Context(), appID)
			wantError(t, err, 0, "the reply cannot be read: member lastPublishedApplicationSubmission: not a JSON object")
		})
	})
}

func TestRefusedApplicationCannotBeLookedFor(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		entra := &credential{life: time.Minute}
		client := newClient(t, newScript(t, step{want: "GET " + appPath, status: 403, then: func() {
			time.Sleep(time.Minute + time.Second)
			entra.err = refusal{true}
		}}), func(o *storeapi.Options) { o.Credential = entra })
		_, err := client.Application(t.Context(), appID)
		wantError(t, err, 403, "reading application")
		if e, ok := errors.AsType[*storeapi.Error](err); ok && strings.Contains(e.Advice(), "see no application") {
			t.Errorf("advice is %q although the list was not asked for", e.Advice())
		}
	})
}

func TestRefusedApplicationIsLookedFor(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		listing step
		want    string
	}{
		"nothing is listed":       {step{status: 403}, "give it the Manager role there"},
		"others are listed":       {step{body: `{"value":[{"id":"9NBLGGH4TNMP"}],"totalCount":1}`}, "belongs to another Partner Center account"},
		"it is listed":            {step{body: `{"value":[{"id":"9nblggh4r315"}],"totalCount":1}`}, "sees this application"},
		"none is listed":          {step{status: 404}, "belongs to another Partner Center account"},
		"the list cannot be read": {step{status: 400}, "is not exactly a Store ID"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				test.listing.want = "GET applications?skip=0&top=100"
				client := newClient(t, newScript(t, step{want: "GET " + appPath, status: 403}, test.listing))
				_, err := client.Application(t.Context(), appID)
				wantError(t, err, 403, "reading application (application 9NBLGGH4R315): 403 Forbidden")
				if e, ok := errors.AsType[*storeapi.Error](err); ok && !strings.Contains(e.Advice(), test.want) {
					t.Errorf("advice is %q, want %q in it", e.Advice(), test.want)
				}
			})
		})
	}
}

// Each of those who share a refusal gets an error of their own, since the advice is added to it.
func TestRefusedApplicationIsToldToEach(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		refused := step{want: "GET " + appPath, status: 403, then: func() { time.Sleep(time.Second) }}
		client := newClient(t, newScript(t, refused, step{want: "GET applications?skip=0&top=100", status: 403}, step{want: "GET applications?skip=0&top=100", status: 403}))
		errs := make([]error, 2)
		var group sync.WaitGroup
		for i := range errs {
			group.Go(func() { _, errs[i] = client.Application(t.Context(), appID) })
		}
		group.Wait()
		first, _ := errors.AsType[*storeapi.Error](errs[0])
		if second, _ := errors.AsType[*storeapi.Error](errs[1]); first == nil || first == second {
			t.Errorf("both got %v", first)
		}
	})
}
