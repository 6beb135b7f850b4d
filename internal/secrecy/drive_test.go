package secrecy_test

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/terraform-msstore/terraform-provider-msstore/internal/acctest"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/credential/entratest"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/storesim"
)

func TestSuccess(t *testing.T) {
	t.Parallel()
	w := newWorld(t, storesim.Options{})
	w.signIn(withClientSecret()...)
	w.configure(secretNotes + policies)
	w.succeeds(t, "plan", "-out=first.tfplan")
	w.succeeds(t, "show", "-json", "first.tfplan")
	w.succeeds(t, "apply", "first.tfplan")
	w.succeeds(t, "show", "-json")

	// The notes move from where nobody sees them to where the state has them.
	w.configure(fmt.Sprintf("notes_for_certification = %q", openNotes) + policies)
	w.succeeds(t, "plan", "-out=second.tfplan")
	w.succeeds(t, "apply", "second.tfplan")
	w.succeeds(t, "show", "-json")
	state := filepath.Join(w.cli.Dir, "terraform.tfstate")
	if err := os.Rename(state, state+".forgotten"); err != nil {
		t.Fatal(err)
	}
	w.succeeds(t, "import", "msstore_flight_submission.test", w.ApplicationID+"/"+w.FlightID)
	w.succeeds(t, "plan")
	files := w.keepsSecrets(t)

	reaches(t, files, "terraform.tfstate", openNotes)
	reaches(t, files, "second.tfplan!tfplan", openNotes)
	reaches(t, files, "second.tfplan!tfstate", w.digest)
	reaches(t, files, "trace.log", "Store request")
	reaches(t, files, "trace.log", "Store payload")
	reaches(t, files, "show -json.txt", w.digest)

	w.succeeds(t, "destroy", "-auto-approve")
	w.keepsSecrets(t)
}

// changing are the requests that make and carry a submission, in their order.
var changing = []storesim.Operation{
	storesim.GetFlight, storesim.CreateSubmission, storesim.UpdateSubmission, storesim.PutBlock, storesim.PutBlockList,
	storesim.CommitSubmission, storesim.GetSubmissionStatus, storesim.GetSubmission,
}

// TestRefusals has each request refused by a service that repeats all it was sent,
// the address and the credentials included.
func TestRefusals(t *testing.T) {
	t.Parallel()
	w := newWorld(t, storesim.Options{})
	w.signIn(withClientSecret()...)
	w.configure(secretNotes + policies)
	for i, operation := range changing[:6] {
		w.before(func(r storesim.Request) {
			if r.Operation != operation {
				return
			}
			refusal := storesim.Refuse{Status: http.StatusBadRequest, Code: "InvalidParameterValue", Message: w.echo(r)}
			if i%2 == 0 {
				refusal = storesim.Refuse{Status: http.StatusForbidden, Body: "<html><title>Refused: " + w.echo(r) + "</title></html>", ContentType: "text/html"}
			}
			w.Sim.Inject(storesim.Fault{Operation: operation, Action: refusal})
		})
		w.fails(t, "apply", "-auto-approve")
	}
	reaches(t, w.keepsSecrets(t), "apply -auto-approve.txt", "Refused: ")
}

// echo is what a careless service says of a request.
func (w *world) echo(r storesim.Request) string {
	address := w.Sim.URL() + r.Path + "?" + r.Query.Encode()
	said := fmt.Sprintf("%s %s Authorization: %s", r.Method, address, r.Header.Get("Authorization"))
	for _, e := range w.Sim.Events(storesim.EventCreated) {
		s, _ := w.Sim.Submission(e.ApplicationID, e.FlightID, e.SubmissionID)
		said += fmt.Sprintf(" {\"fileUploadUrl\":%q}", s.UploadURL)
	}
	return said
}

// TestBrokenReplies spoils a reply to each request, which the provider gets over.
func TestBrokenReplies(t *testing.T) {
	t.Parallel()
	for name, action := range map[string]storesim.Action{
		"closed": storesim.DropAfter{}, "cut off": storesim.Truncate{}, "page": storesim.HTMLBody{},
		"no body": storesim.ErrorAfter{Status: http.StatusServiceUnavailable, NoBody: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, storesim.Options{})
			w.signIn(withClientSecret()...)
			w.configure(secretNotes + policies)
			for _, operation := range changing {
				w.Sim.Inject(storesim.Fault{Operation: operation, Action: action})
			}
			w.succeeds(t, "apply", "-auto-approve")
			w.keepsSecrets(t)
		})
	}
}

// TestUpload fails on the way to the blob server: the errors of transports hold the
// whole address.
func TestUpload(t *testing.T) {
	t.Parallel()
	const signature = "&sig=ab%2Bcd%2Fef12345678%3D"
	plain := httptest.NewServer(http.NotFoundHandler())
	t.Cleanup(plain.Close)
	to := func(address string) storesim.Options {
		return storesim.Options{
			BlobURL: func(_, _, submissionID string) string {
				return address + submissionID + "?sv=2024-05-04&sp=rwl" + signature
			},
			ReadBlob: func(string) ([]byte, error) { return nil, errors.New("there is no blob") },
		}
	}
	for name, test := range map[string]struct {
		options storesim.Options
		says    string
	}{
		"no server":   {to("http://127.0.0.1:1/ingestion/"), "connection refused"},
		"no TLS":      {to("https" + strings.TrimPrefix(plain.URL, "http") + "/ingestion/"), "HTTP response to HTTPS client"},
		"no address":  {to("http://127.0.0.1:x/ingestion/"), "not a valid URL"},
		"out of time": {storesim.Options{UploadURLLifetime: time.Nanosecond}, "expired"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, test.options)
			w.signIn(withClientSecret()...)
			w.configure(secretNotes + policies)
			acctest.Says(t, w.fails(t, "apply", "-auto-approve"), test.says)
			w.keepsSecrets(t)
		})
	}
}

// TestSignIn fails before there is a token, or has one that the Store refuses.
func TestSignIn(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		environment func(entra *entratest.Server) []string
		before      func(w *world)
		says        string
	}{
		"wrong client secret": {
			environment: func(*entratest.Server) []string { return []string{"ARM_CLIENT_SECRET=" + entratest.ClientSecret + "x"} },
			says:        "the client secret is wrong",
		},
		"refused client secret": {
			environment: func(*entratest.Server) []string { return withClientSecret() },
			before:      func(w *world) { w.entra.Refuse(7000222, "The keys of "+entratest.ClientID+" are expired.") },
			says:        "expired",
		},
		"refused OIDC token": {
			environment: func(entra *entratest.Server) []string {
				return []string{"ARM_USE_OIDC=true", "ARM_OIDC_TOKEN=" + entra.NewOIDCToken()}
			},
			before: func(w *world) { w.entra.Refuse(700213, "No matching federated identity record found.") },
			says:   "AADSTS700213",
		},
		"OIDC request": {
			environment: func(entra *entratest.Server) []string {
				return []string{"ARM_USE_OIDC=true", "ARM_OIDC_REQUEST_URL=" + entra.GitHubURL(), "ARM_OIDC_REQUEST_TOKEN=" + entratest.OIDCRequestToken}
			},
			before: func(w *world) {
				w.Sim.Inject(storesim.Fault{Times: -1, Action: storesim.Refuse{Status: http.StatusUnauthorized}})
			},
			says: "401",
		},
		"access token": {
			environment: func(*entratest.Server) []string { return []string{"MSSTORE_ACCESS_TOKEN=" + acctest.Token} },
			before: func(w *world) {
				w.Sim.Inject(storesim.Fault{Times: -1, Action: storesim.Refuse{Status: http.StatusUnauthorized}})
			},
			says: "401",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, storesim.Options{})
			w.signIn(test.environment(w.entra)...)
			if test.before != nil {
				test.before(w)
			}
			w.configure(secretNotes)
			acctest.Says(t, w.fails(t, "plan"), test.says)
			w.keepsSecrets(t)
		})
	}
}

// TestArtifactToken has the artifact store repeat a token that it does not know.
func TestArtifactToken(t *testing.T) {
	t.Parallel()
	w := newWorld(t, storesim.Options{})
	w.signIn(withClientSecret()...)
	w.artifactToken = artifactToken + "of yesterday"
	w.signIn("TF_VAR_artifact_token=" + w.artifactToken)
	w.configure(secretNotes)
	acctest.Says(t, w.fails(t, "plan"), "403")
	w.keepsSecrets(t)
}
