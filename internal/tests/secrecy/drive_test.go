package secrecy_test

import (
	"bytes"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/terraform-msstore/terraform-provider-msstore/internal/acctest"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/credential/entratest"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/msix/msixtest"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/storesim"
)

func TestSuccess(t *testing.T) {
	t.Parallel()
	w := newWorld(t, storesim.Options{})
	w.signIn()
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

	reaches(t, files, "terraform.tfstate.forgotten", openNotes)
	// An import reads no notes: they may be somebody's write-only ones.
	for name, content := range files {
		if _, found := find(content, openNotes); found && strings.HasSuffix(name, "terraform.tfstate") {
			t.Errorf("%s has the notes of an import", name)
		}
	}
	reaches(t, files, "second.tfplan!tfstate!private record", `"digests":{`)
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
	storesim.ListFlights, storesim.CreateSubmission, storesim.UpdateSubmission, storesim.PutBlock, storesim.PutBlockList,
	storesim.CommitSubmission, storesim.GetSubmissionStatus, storesim.GetSubmission,
}

// once injects a fault when the first request of an operation arrives, with an action
// that may repeat it. It must have hit that one by the end of the test.
func (w *world) once(t *testing.T, operation storesim.Operation, action func(storesim.Request) storesim.Action) {
	t.Helper()
	var inject sync.Once
	var injection *storesim.Injection
	w.Sim.Before(func(r storesim.Request) {
		if r.Operation == operation {
			inject.Do(func() { injection = w.Sim.Inject(storesim.Fault{Operation: operation, Action: action(r)}) })
		}
	})
	t.Cleanup(func() {
		if injection == nil || injection.Hits() != 1 {
			t.Errorf("no %s was hit", operation)
		}
	})
}

// TestRefusals has each request refused by a service that repeats all it was sent,
// the address and the credentials included.
func TestRefusals(t *testing.T) {
	t.Parallel()
	w := newWorld(t, storesim.Options{})
	w.signIn()
	w.configure(secretNotes + policies)
	for i, operation := range changing {
		if operation == storesim.ListFlights {
			// A flight that the list does not tell is asked for by itself.
			w.Sim.Inject(storesim.Fault{Operation: operation, Action: storesim.Refuse{Status: http.StatusBadRequest, Message: "Refused: " + w.echo(storesim.Request{})}})
			operation = storesim.GetFlight
		}
		w.once(t, operation, func(r storesim.Request) storesim.Action {
			// Of a page in place of a blob server's answer nothing is told.
			if i%2 == 0 && operation != storesim.PutBlockList {
				return storesim.Refuse{Status: http.StatusForbidden, Body: "<html><title>Refused: " + w.echo(r) + "</title></html>", ContentType: "text/html"}
			}
			return storesim.Refuse{Status: http.StatusBadRequest, Code: "InvalidParameterValue", Message: "Refused: " + w.echo(r)}
		})
		// A refused look at the status is a warning: the submission goes its way.
		out, err := w.run("apply", "-auto-approve")
		if err == nil && operation != storesim.GetSubmissionStatus {
			t.Errorf("%s was refused, and the apply is green:\n%s", operation, out)
		}
		acctest.Says(t, out, "Refused: ")
	}
	w.keepsSecrets(t)
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
			w.signIn()
			w.configure(secretNotes + policies)
			injections := map[storesim.Operation]*storesim.Injection{}
			for _, operation := range changing {
				injections[operation] = w.Sim.Inject(storesim.Fault{Operation: operation, Action: action})
			}
			w.succeeds(t, "apply", "-auto-approve")
			for operation, injection := range injections {
				if injection.Hits() != 1 {
					t.Errorf("no %s was hit", operation)
				}
			}
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
		"out of time": {storesim.Options{UploadURLLifetime: time.Nanosecond}, "Upload URL of the draft has expired"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, test.options)
			w.signIn()
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
		environment func(entra *entratest.Server) acctest.Environment
		before      func(w *world)
		says        string
	}{
		"wrong client secret": {
			environment: func(*entratest.Server) acctest.Environment {
				return acctest.Environment{"ARM_CLIENT_SECRET": entratest.ClientSecret + "x"}
			},
			says: "the client secret is wrong",
		},
		"refused client secret": {
			environment: func(*entratest.Server) acctest.Environment { return acctest.Application(entratest.ClientSecret) },
			before:      func(w *world) { w.Entra.Refuse(7000222, "The keys of "+entratest.ClientID+" are expired.") },
			says:        "AADSTS7000222",
		},
		"refused OIDC token": {
			environment: func(entra *entratest.Server) acctest.Environment {
				return acctest.Environment{"ARM_USE_OIDC": "true", "ARM_OIDC_TOKEN": entra.NewOIDCToken()}
			},
			before: func(w *world) { w.Entra.Refuse(700213, "No matching federated identity record found.") },
			says:   "AADSTS700213",
		},
		"wrong certificate password": {
			environment: func(*entratest.Server) acctest.Environment {
				path := filepath.Join(t.TempDir(), "client.pfx")
				if err := os.WriteFile(path, []byte("0\x82 is no certificate"), 0o600); err != nil {
					t.Error(err)
				}
				return acctest.Environment{"ARM_CLIENT_CERTIFICATE_PATH": path, "ARM_CLIENT_CERTIFICATE_PASSWORD": certificatePassword}
			},
			says: "certificate",
		},
		"OIDC request": {
			environment: func(entra *entratest.Server) acctest.Environment {
				return acctest.Environment{"ARM_USE_OIDC": "true", "ARM_OIDC_REQUEST_URL": entra.GitHubURL(), "ARM_OIDC_REQUEST_TOKEN": entratest.OIDCRequestToken}
			},
			before: func(w *world) {
				w.Sim.Inject(storesim.Fault{Times: -1, Action: storesim.Refuse{Status: http.StatusUnauthorized}})
			},
			says: "401 Unauthorized",
		},
		"access token": {
			environment: func(*entratest.Server) acctest.Environment {
				return acctest.Environment{"MSSTORE_ACCESS_TOKEN": acctest.Token}
			},
			before: func(w *world) {
				w.Sim.Inject(storesim.Fault{Times: -1, Action: storesim.Refuse{Status: http.StatusUnauthorized}})
			},
			says: "401 Unauthorized",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, storesim.Options{})
			w.cli.Export(test.environment(w.Entra))
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
	acctest.Requires(t, acctest.Ephemeral)
	w := newWorld(t, storesim.Options{})
	w.signIn()
	w.artifactToken = artifactToken + "of yesterday"
	w.cli.Export(acctest.Environment{"TF_VAR_artifact_token": w.artifactToken})
	w.configure(secretNotes)
	acctest.Says(t, w.fails(t, "plan"), "403 Forbidden")
	w.keepsSecrets(t)
}

// TestHostileFiles has the artifact store send what is no package and repeats the
// credential that it was sent.
func TestHostileFiles(t *testing.T) {
	t.Parallel()
	whole := msixtest.Package(msixtest.Manifest{})
	for name, test := range map[string]struct {
		content []byte
		says    string
	}{
		"no archive": {content: []byte("X-Token: " + artifactToken + "\naccess_token=" + acctest.Token), says: "Not a valid package"},
		"cut off":    {content: whole[:len(whole)/2], says: "Not a valid package"},
		"empty":      {says: "Package cannot be read"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, storesim.Options{})
			w.signIn()
			server := httptest.NewServer(http.HandlerFunc(func(reply http.ResponseWriter, r *http.Request) {
				reply.Header().Set("ETag", `"`+r.Header.Get("X-Token")+`"`)
				http.ServeContent(reply, r, "", time.Time{}, bytes.NewReader(test.content))
			}))
			t.Cleanup(server.Close)
			w.source = server.URL + "/app.msix"
			w.configure(secretNotes)
			acctest.Says(t, w.fails(t, "plan"), test.says)
			w.keepsSecrets(t)
		})
	}
}

// TestTroubleOfOthers has the Store's own explanations, a wait that runs out, and a
// crash of the provider.
func TestTroubleOfOthers(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		more   string
		before func(t *testing.T, w *world)
		says   string // by the CLI
		traces string // in its log
	}{
		"failing stage": {
			before: func(_ *testing.T, w *world) {
				var fail sync.Once
				w.Sim.Before(func(r storesim.Request) {
					if r.Operation == storesim.CommitSubmission {
						fail.Do(func() {
							w.Sim.FailAt("CertificationFailed", storesim.StatusDetail{Code: "Other", Details: "Refused: " + w.echo(r)})
						})
					}
				})
			},
			says:   "Refused: ",
			traces: "Store request",
		},
		"wait out of time": {
			more: "\n  timeouts = { create = \"5s\" }",
			before: func(_ *testing.T, w *world) {
				w.Sim.Before(func(r storesim.Request) {
					if r.Operation == storesim.GetSubmissionStatus {
						w.Sim.Inject(storesim.Fault{Operation: r.Operation, Action: storesim.Refuse{Status: http.StatusInternalServerError, Code: "Other", Message: "Refused: " + w.echo(r)}})
					}
				})
			},
			says:   "has not reached its goal yet",
			traces: "Store request",
		},
		"panic": {
			before: func(_ *testing.T, w *world) {
				w.cli.Export(acctest.Environment{acctest.Panics: "MSSTORE_POLL_INTERVAL"})
			},
			says:   "GRPCProvider).ConfigureProvider", // "did not respond" or "was cancelled"
			traces: "panic: looking for",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, storesim.Options{})
			w.signIn()
			w.configure(secretNotes + policies + test.more)
			test.before(t, w)
			out, _ := w.run("apply", "-auto-approve") // A wait that runs out is no error.
			acctest.Says(t, out, test.says)
			reaches(t, w.keepsSecrets(t), "trace.log", test.traces)
		})
	}
}

// TestInterruptions ends the CLI or the provider in the middle of an upload.
func TestInterruptions(t *testing.T) {
	t.Parallel()
	for name, act := range map[string]func(w *world, command *os.Process) error{
		"Ctrl-C": func(_ *world, command *os.Process) error { return command.Signal(os.Interrupt) },
		"kill": func(w *world, _ *os.Process) error {
			w.cli.KillProvider()
			return nil
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, storesim.Options{})
			w.signIn()
			w.configure(secretNotes + policies)
			hanging := w.Sim.Inject(storesim.Fault{Operation: storesim.PutBlockList, Action: storesim.Hang{}})
			command := w.cli.Command(t.Context(), "apply", "-auto-approve")
			var out bytes.Buffer
			command.Stdout, command.Stderr = &out, &out
			if err := command.Start(); err != nil {
				t.Fatal(err)
			}
			<-hanging.Reached()
			if err := act(w, command.Process); err != nil {
				t.Error(err)
			}
			ended := command.Wait()
			if _, err := w.keep(out.String(), ended, "apply"); err == nil {
				t.Error("the apply succeeds")
			}
			w.keepsSecrets(t)
		})
	}
}

// TestOtherResources drives what else there is, past a Store that spoils the first
// reply to each request, and then against one that refuses a change.
func TestOtherResources(t *testing.T) {
	t.Parallel()
	w := newWorld(t, storesim.Options{})
	w.signIn()
	config := func(percentage int) {
		application := fmt.Sprintf("application_id = %q", w.ApplicationID)
		w.configure(secretNotes+policies+"\n  package_rollout = { initial_percentage = 10 }",
			acctest.BlockOf("msstore_flight_submission.test", acctest.Rollout, fmt.Sprintf("percentage = %d", percentage)),
			acctest.Block(`resource "msstore_flight" "test"`, application, `friendly_name = "insiders"`, `group_ids = ["1152921504606962205"]`),
			acctest.Block(`data "msstore_application" "test"`, application),
			// The data source of a submission shows its notes, so that it is none for secret ones.
			acctest.BlockOf("msstore_package_rollout.test", `data "msstore_flight_submission_status" "test"`))
	}
	config(20)
	for _, operation := range append(slices.Clone(changing), storesim.CreateFlight, storesim.UpdatePackageRollout, storesim.GetApplication) {
		w.Sim.Inject(storesim.Fault{Operation: operation, Action: storesim.Truncate{}})
	}
	w.succeeds(t, "apply", "-auto-approve")
	w.succeeds(t, "show", "-json")
	config(40)
	w.once(t, storesim.UpdatePackageRollout, func(r storesim.Request) storesim.Action {
		return storesim.Refuse{Status: http.StatusBadRequest, Code: "InvalidParameterValue", Message: "Refused: " + w.echo(r)}
	})
	acctest.Says(t, w.fails(t, "apply", "-auto-approve"), "Refused: ")
	w.succeeds(t, "destroy", "-auto-approve")
	w.keepsSecrets(t)
}
