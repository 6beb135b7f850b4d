package storeapi_test

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/google/go-cmp/cmp"

	"github.com/terraform-msstore/terraform-provider-msstore/internal/storeapi"
)

func TestFlights(t *testing.T) {
	t.Parallel()
	at := func(query, body string) step {
		return step{want: "GET " + appPath + "/listflights" + query, body: body}
	}
	page := func(link, total string, ids ...string) string {
		var flights []string
		for _, id := range ids {
			flights = append(flights, `{"flightId":"`+id+`"}`)
		}
		body := `{"value":[` + strings.Join(flights, ",") + `]`
		if link != "" {
			body += `,"@nextLink":"` + link + `"`
		}
		if total != "" {
			body += `,"totalCount":` + total
		}
		return body + `}`
	}
	const first = "?skip=0&top=100"
	for name, test := range map[string]struct {
		steps []step
		want  []string
		text  string // of the error; "" for success
		code  int
	}{
		"none":          {steps: []step{{want: "GET " + appPath + "/listflights" + first, status: 404}}},
		"empty":         {steps: []step{at(first, page("", "0"))}},
		"null":          {steps: []step{at(first, `{"value":null}`)}},
		"hollow":        {steps: []step{at(first, `{}`)}},
		"one page":      {steps: []step{at(first, page("", "2", "a", "b"))}, want: []string{"a", "b"}},
		"no total":      {steps: []step{at(first, page("", "", "a", "b"))}, want: []string{"a", "b"}},
		"total as text": {steps: []step{at(first, page("", `"2"`, "a")), at("?skip=1&top=100", page("", `"2"`, "b"))}, want: []string{"a", "b"}},
		"linked": {
			steps: []step{at(first, page("applications/"+appID+"/listflights/?skip=2&top=2", "3", "a", "b")), at("/?skip=2&top=2", page("", "3", "c"))},
			want:  []string{"a", "b", "c"},
		},
		"linked from the root": {
			steps: []step{at(first, page("/v1.0/my/applications/"+appID+"/listflights?skip=1", "2", "a")), at("?skip=1", page("", "2", "b"))},
			want:  []string{"a", "b"},
		},
		"linked in full": {
			steps: []step{at(first, page("http://127.0.0.1:1/v1.0/my/applications/"+appID+"/listflights?skip=1", "2", "a")), at("?skip=1", page("", "2", "b"))},
			want:  []string{"a", "b"},
		},
		"linked as OData does": {
			steps: []step{at(first, `{"value":[{"flightId":"a"}],"@odata.nextLink":"applications/`+appID+`/listflights?skip=1"}`), at("?skip=1", page("", "", "b"))},
			want:  []string{"a", "b"},
		},
		"links missing": {
			steps: []step{at(first, page("", "3", "a")), at("?skip=1&top=100", page("", "3", "b")), at("?skip=2&top=100", page("", "3", "c"))},
			want:  []string{"a", "b", "c"},
		},
		"link, then none": {
			steps: []step{at(first, page("applications/"+appID+"/listflights?skip=1", "3", "a")), at("?skip=1", page("", "3", "b")), at("?skip=2&top=100", page("", "3", "c"))},
			want:  []string{"a", "b", "c"},
		},
		"shorter than announced": {
			steps: []step{at(first, page("", "3", "a")), at("?skip=1&top=100", page("", "3"))},
			want:  []string{"a"},
		},
		"another host":           {steps: []step{at(first, page("https://evil.example/v1.0/my/applications/"+appID+"/listflights?skip=1", "2", "a"))}, text: "leads away from the Store's list, to https://evil.example/v1.0/my/" + appPath + "/listflights, and is not followed"},
		"another host, briefly":  {steps: []step{at(first, page("//evil.example/v1.0/my/applications/"+appID+"/listflights?skip=1", "2", "a"))}, text: "leads away from the Store's list"},
		"another port":           {steps: []step{at(first, page("http://127.0.0.1:2/v1.0/my/applications/"+appID+"/listflights?skip=1", "2", "a"))}, text: "leads away from the Store's list"},
		"another scheme":         {steps: []step{at(first, page("https://127.0.0.1:1/v1.0/my/applications/"+appID+"/listflights?skip=1", "2", "a"))}, text: "leads away from the Store's list"},
		"another path":           {steps: []step{at(first, page("/v2.0/x", "2", "a"))}, text: "leads away from the Store's list"},
		"up and away":            {steps: []step{at(first, page("../../x", "2", "a"))}, text: "leads away from the Store's list"},
		"a user":                 {steps: []step{at(first, page("http://me:SECRET@127.0.0.1:1/v1.0/my/applications/"+appID+"/listflights?skip=1", "2", "a"))}, text: "leads away from the Store's list"},
		"escaped dots":           {steps: []step{at(first, page("applications/%2e%2e/%2E%2E/x", "2", "a"))}, text: "leads away from the Store's list"},
		"an escaped slash":       {steps: []step{at(first, page("applications%2F..%2Fx", "2", "a"))}, text: "leads away from the Store's list"},
		"an escaped slash of it": {steps: []step{at(first, page("applications%2F"+appID+"%2Flistflights?skip=1", "2", "a"))}, text: "leads away from the Store's list"},
		"escaped twice":          {steps: []step{at(first, page("applications/%252e%252e/x", "2", "a"))}, text: "leads away from the Store's list"},
		"backslashes":            {steps: []step{at(first, page("..\\\\..\\\\x", "2", "a"))}, text: "leads away from the Store's list"},
		"backslashes for a host": {steps: []step{at(first, page("\\\\\\\\evil.example\\\\x", "2", "a"))}, text: "leads away from the Store's list"},
		"another list":           {steps: []step{at(first, page("applications/9NBLGGH4TNMP/listflights?skip=1", "2", "a"))}, text: "leads away from the Store's list"},
		"another collection":     {steps: []step{at(first, page("applications?skip=1", "2", "a"))}, text: "leads away from the Store's list"},
		"dots for the list":      {steps: []step{at(first, page("applications/x/../"+appID+"/listflights/..?skip=1", "2", "a"))}, text: "leads away from the Store's list"},
		"no path":                {steps: []step{at(first, page("mailto:x", "2", "a"))}, text: "leads away from the Store's list"},
		"an opaque one":          {steps: []step{at(first, page("http:x", "2", "a"))}, text: "leads away from the Store's list"},
		"no address":             {steps: []step{at(first, page("http://[", "2", "a"))}, text: "is no address"},
		"a circle": {
			steps: slices.Repeat([]step{at(first, page("applications/"+appID+"/listflights?skip=0&top=100", "2", "a"))}, 2), text: "already read",
		},
		"a page that repeats": {
			steps: []step{at(first, page("applications/"+appID+"/listflights?skip=1", "9", "a", "b")), at("?skip=1", page("applications/"+appID+"/listflights?skip=2", "9", "b", "A"))},
			text:  "already read",
		},
		"one that moved on": {
			steps: []step{at(first, page("applications/"+appID+"/listflights?skip=2", "3", "a", "b")), at("?skip=2", page("", "3", "b", "c"))},
			want:  []string{"a", "b", "c"},
		},
		"longer than announced":  {steps: []step{at(first, page("", "1", "a", "b"))}, text: "more entries than its totalCount, 1"},
		"none announced":         {steps: []step{at(first, page("", "0", "a"))}, text: "more entries than its totalCount, 0"},
		"total as fraction":      {steps: []step{at(first, page("", "2.0", "a", "b"))}, want: []string{"a", "b"}},
		"total that is no count": {steps: []step{at(first, page("", "1.5", "a"))}, text: "member totalCount: not a count"},
		"total below nothing":    {steps: []step{at(first, page("", "-1", "a"))}, text: "member totalCount: not a count"},
		"without an id":          {steps: []step{at(first, `{"value":[{"friendlyName":"a"}],"totalCount":1}`)}, text: "it has no id of the flight"},
		"null as page":           {steps: []step{at(first, `null`)}, text: "the reply cannot be read: not a JSON object"},
		"refused":                {steps: []step{{want: "GET " + appPath + "/listflights" + first, status: 403}}, code: 403, text: "listing flights (application 9NBLGGH4R315): 403 Forbidden"},
		"odd":                    {steps: []step{at(first, `{"value":{}}`)}, text: "the reply cannot be read: member value: not a JSON array"},
		"odd flight":             {steps: []step{at(first, `{"value":[7]}`)}, text: "the reply cannot be read: not a JSON object"},
		"not an object":          {steps: []step{at(first, `[]`)}, text: "the reply cannot be read"},
		"none later":             {steps: []step{at(first, page("", "2", "a")), {want: "GET " + appPath + "/listflights?skip=1&top=100", status: 404}}, code: 404, text: "404"},
		"lost later":             {steps: []step{at(first, page("", "2", "a")), {want: "GET " + appPath + "/listflights?skip=1&top=100", status: 403}}, code: 403, text: "403"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				got, err := newClient(t, newScript(t, test.steps...)).Flights(t.Context(), appID)
				if test.text != "" {
					wantError(t, err, test.code, test.text)
					return
				}
				if err != nil {
					t.Fatal(err)
				}
				var ids []string
				for _, flight := range got {
					ids = append(ids, flight.ID)
					if flight.ApplicationID != appID {
						t.Errorf("got %+v", flight)
					}
				}
				if diff := cmp.Diff(test.want, ids); diff != "" {
					t.Errorf("-want +got:\n%s", diff)
				}
			})
		})
	}
	t.Run("without end", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			store := &counting{reply: func(_ string, n int) (int, string) {
				return 200, page(fmt.Sprintf("applications/%s/listflights?skip=%d", appID, n), "", strconv.Itoa(n))
			}}
			_, err := newClient(t, store).Flights(t.Context(), appID)
			wantError(t, err, 0, "more than 100 pages")
		})
	})
}

func TestApplications(t *testing.T) {
	t.Parallel()
	t.Run("two pages", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			client := newClient(t, newScript(t,
				step{want: "GET applications?skip=0&top=100", body: `{"value":[{"id":"A"}],"totalCount":2,"@nextLink":"applications?skip=1&top=1"}`},
				step{want: "GET applications?skip=1&top=1", body: `{"value":[{"id":"B"}],"totalCount":2}`},
			))
			got, err := client.Applications(t.Context())
			if diff := cmp.Diff([]storeapi.Application{{ID: "A"}, {ID: "B"}}, got); diff != "" || err != nil {
				t.Errorf("%v, -want +got:\n%s", err, diff)
			}
		})
	})
	t.Run("none", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			got, err := newClient(t, newScript(t, step{want: "GET applications?skip=0&top=100", status: 404})).Applications(t.Context())
			if err != nil || len(got) != 0 {
				t.Errorf("got %v, %v", got, err)
			}
		})
	})
	t.Run("trouble", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			trouble := step{want: "GET applications?skip=0&top=100", status: 500}
			fine := step{want: trouble.want, body: `{"value":[{"id":"A"}]}`}
			got, err := newClient(t, newScript(t, trouble, fine)).Applications(t.Context())
			if err != nil || len(got) != 1 {
				t.Errorf("got %v, %v", got, err)
			}
		})
	})
	t.Run("refused", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			_, err := newClient(t, newScript(t, step{want: "GET applications?skip=0&top=100", status: 403})).Applications(t.Context())
			wantError(t, err, 403, "listing applications: 403 Forbidden")
		})
	})
	t.Run("odd", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			client := newClient(t, newScript(t, step{want: "GET applications?skip=0&top=100", body: `{"value":[{"id":{}}]}`}))
			_, err := client.Applications(t.Context())
			wantError(t, err, 0, "the reply cannot be read: member id: not a string")
		})
	})
}
