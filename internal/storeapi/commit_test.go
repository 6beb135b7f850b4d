package storeapi_test

import (
	"context"
	"errors"
	"slices"
	"testing"
	"testing/synctest"

	"github.com/terraform-msstore/terraform-provider-msstore/internal/storeapi"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/transport"
)

func TestCommitSubmission(t *testing.T) {
	t.Parallel()
	commit := func(s step) step {
		s.want = "POST " + newPath + "/commit"
		return s
	}
	status := func(status string) step { return step{want: "GET " + newPath + "/status", body: statusBody(status)} }
	lost, draft := commit(step{lost: errReset}), status("PendingCommit")
	accepted := commit(step{status: 202, body: `{"status":"CommitStarted"}`})
	conflict := commit(step{status: 409, body: conflictBody})

	for name, test := range map[string]struct {
		steps  []step
		want   storeapi.Status
		status int // of the error; 0 for success
	}{
		"accepted":              {steps: []step{accepted}, want: storeapi.StatusCommitStarted},
		"accepted further on":   {steps: []step{commit(step{status: 202, body: `{"status":"PreProcessing"}`})}, want: storeapi.StatusPreProcessing},
		"accepted silently":     {steps: []step{commit(step{status: 202}), status("CommitStarted")}, want: storeapi.StatusCommitStarted},
		"accepted vaguely":      {steps: []step{commit(step{status: 202, body: "{}"}), status("CommitStarted")}, want: storeapi.StatusCommitStarted},
		"accepted oddly":        {steps: []step{commit(step{status: 202, body: `"ok"`}), status("CommitStarted")}, want: storeapi.StatusCommitStarted},
		"throttled":             {steps: []step{commit(step{status: 429}), accepted}, want: storeapi.StatusCommitStarted},
		"lost reply":            {steps: []step{lost, status("CommitStarted")}, want: storeapi.StatusCommitStarted},
		"lost reply, certified": {steps: []step{lost, status("Certification")}, want: storeapi.StatusCertification},
		"lost reply, failed":    {steps: []step{lost, status("CommitFailed")}, want: storeapi.StatusCommitFailed},
		"lost reply, no status": {steps: []step{lost, status(""), status("CommitStarted")}, want: storeapi.StatusCommitStarted},
		"lost reply, lag":       {steps: []step{lost, draft, draft, status("CommitStarted")}, want: storeapi.StatusCommitStarted},
		"lost request":          {steps: []step{lost, draft, draft, draft, draft, accepted}, want: storeapi.StatusCommitStarted},
		"lost reply, long lag":  {steps: []step{lost, draft, draft, draft, draft, conflict}, want: storeapi.StatusCommitStarted},
		"cut off":               {steps: []step{commit(step{status: 202, body: `{"status":"CommitStarted"}`, cut: true}), status("CommitStarted")}, want: storeapi.StatusCommitStarted},
		"server error":          {steps: []step{commit(step{status: 500, body: serverErrorBody}), status("CommitStarted")}, want: storeapi.StatusCommitStarted},
		"request timed out":     {steps: []step{commit(step{status: 408}), status("CommitStarted")}, want: storeapi.StatusCommitStarted},
		"refused by a proxy":    {steps: []step{commit(step{lost: &transport.ProxyError{Host: "proxy", StatusCode: 407}})}},
		"null reply":            {steps: []step{commit(step{status: 202, body: `null`}), status("CommitStarted")}, want: storeapi.StatusCommitStarted},
		"null status":           {steps: []step{commit(step{status: 202, body: `{"status":null}`}), status("PreProcessing")}, want: storeapi.StatusPreProcessing},
		"unknown status":        {steps: []step{commit(step{status: 202, body: `{"status":"Paused"}`}), status("Paused"), status("CommitStarted")}, want: storeapi.StatusCommitStarted},
		"still a draft":         {steps: []step{commit(step{status: 202, body: `{"status":"PendingCommit"}`}), draft, status("CommitStarted")}, want: storeapi.StatusCommitStarted},
		"of another":            {steps: []step{commit(step{status: 202, body: `{"id":"` + oldID + `","status":"CommitStarted"}`}), draft, draft, draft, draft, accepted}, want: storeapi.StatusCommitStarted},
		"never a status":        {steps: slices.Repeat([]step{commit(step{status: 200, body: "{}"}), status(""), status("None"), status("Paused"), status("")}, 3)},
		"conflict":              {steps: []step{conflict}, status: 409},
		"invalid":               {steps: []step{commit(step{status: 400, body: `{"code":"InvalidParameterValue"}`})}, status: 400},
		"gone":                  {steps: []step{commit(step{status: 404, body: `{"code":"ResourceNotFound"}`})}, status: 404},
		"account unknown":       {steps: []step{commit(step{status: 503, body: "Account service is experiencing issue"})}, status: 503},
		"no server":             {steps: []step{commit(step{lost: dialError()}), commit(step{lost: dialError()}), commit(step{lost: dialError()})}},
		"look fails":            {steps: []step{lost, {want: "GET " + newPath + "/status", status: 403}}},
		"never": {
			steps: []step{lost, draft, draft, draft, draft, lost, draft, draft, draft, draft, lost, draft, draft, draft, draft},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				client := newClient(t, newScript(t, test.steps...))
				got, err := client.CommitSubmission(t.Context(), newRef)
				if got != test.want {
					t.Errorf("got status %q, want %q", got, test.want)
				}
				if test.want == "" {
					wantError(t, err, test.status, "committing submission (application 9NBLGGH4R315, flight 43e448df-97c9-4a43-a0bc-2a445e736bcd, submission 1152921504621215786): ")
				} else if err != nil {
					t.Errorf("got error %v", err)
				}
			})
		})
	}
}

func TestCommitSubmissionInterrupted(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		seen string
		want storeapi.Status
	}{
		"committed":     {"CommitStarted", storeapi.StatusCommitStarted},
		"not committed": {"PendingCommit", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := context.WithCancel(t.Context())
				steps := []step{{want: "POST " + newPath + "/commit", hang: true, then: cancel}}
				looks := 1
				if test.want == "" {
					looks = 3 // At once, after one second, and after three.
				}
				for range looks {
					steps = append(steps, step{want: "GET " + newPath + "/status", body: statusBody(test.seen)})
				}
				client := newClient(t, newScript(t, steps...))
				got, err := client.CommitSubmission(ctx, newRef)
				if got != test.want || !errors.Is(err, context.Canceled) {
					t.Errorf("got %q and %v, want %q and that the context ended", got, err, test.want)
				}
			})
		})
	}
}
