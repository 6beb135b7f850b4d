package secrecy_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/terraform-msstore/terraform-provider-msstore/internal/acctest"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/credential/entratest"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/msix/msixtest"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/storesim"
)

const (
	// writeOnlyNotes and artifactToken are given by ephemeral variables, so that no
	// configuration holds them.
	writeOnlyNotes = `Sign in as tester with "pa+ss/w0rd&<1>".`
	artifactToken  = `art+fact/tok"en=&`
	// certificatePassword opens no certificate.
	certificatePassword = `p12+pass/w"ord=&<>`
	// openNotes are in the state and in plans by contract. That the search finds
	// them there proves that it looks into these.
	openNotes = `Nothing "secret" & <open>.`
)

// world is a Store with an Entra, an artifact store, and a CLI whose provider is a
// process that logs everything.
type world struct {
	*acctest.EntraWorld

	cli *acctest.CLI
	// ephemeral is whether the CLI takes the notes and the artifact token. Where it does not, neither exists, and
	// all other secrets are looked for.
	ephemeral bool
	// source and digest are those of the package in the artifact store, which
	// wants artifactToken.
	source, digest, artifactToken string
	// printed is the folder for what commands print and log.
	printed  string
	commands int
}

func newWorld(t *testing.T, options storesim.Options) *world {
	t.Helper()
	acctest.RequiresUnix(t)
	w := &world{EntraWorld: acctest.NewWith(t, options).WithEntra(), artifactToken: artifactToken, printed: t.TempDir()}
	w.ephemeral = acctest.Has(t, acctest.Ephemeral)
	w.Publish(storesim.Published{})

	content := msixtest.Package(msixtest.Manifest{})
	sum := sha256.Sum256(content)
	artifacts := httptest.NewServer(http.HandlerFunc(func(reply http.ResponseWriter, r *http.Request) {
		if w.ephemeral && r.Header.Get("X-Token") != artifactToken {
			http.Error(reply, "who is "+r.Header.Get("X-Token")+"?", http.StatusForbidden)
			return
		}
		reply.Header().Set("ETag", `"1"`)
		http.ServeContent(reply, r, "", time.Time{}, bytes.NewReader(content))
	}))
	t.Cleanup(artifacts.Close)
	w.source, w.digest = artifacts.URL+"/app.msix", hex.EncodeToString(sum[:])

	w.cli = w.CLI("")
	w.cli.Export(w.Environment())
	w.cli.Export(acctest.Environment{
		"TF_LOG": "TRACE", "TF_LOG_PATH": filepath.Join(w.printed, "trace.log"),
		"SSL_CERT_FILE": w.File("entra.pem", w.Entra.CertificatePEM()),
		"TF_VAR_notes":  writeOnlyNotes, "TF_VAR_artifact_token": artifactToken,
		"ARM_TENANT_ID": entratest.TenantID, "ARM_CLIENT_ID": entratest.ClientID,
	})
	return w
}

// signIn has the provider sign in with the client secret.
func (w *world) signIn() { w.cli.Export(acctest.Application(entratest.ClientSecret)) }

// configure writes a submission of the package of the artifact store with more arguments, and more blocks.
func (w *world) configure(more string, blocks ...string) {
	declared, headers := ephemeralVariables, `source_headers = { "X-Token" = var.artifact_token }`
	if !w.ephemeral {
		declared, headers, more = "", "", strings.ReplaceAll(more, secretNotes, "")
	}
	packages := fmt.Sprintf("packages = [{\n    source = %q\n    sha256 = %q\n    %s\n  }]", w.source, w.digest, headers)
	w.cli.Configure(declared + acctest.Block(acctest.Provider) + w.Block(acctest.Submission, packages, more) + strings.Join(blocks, ""))
}

var ephemeralVariables = acctest.Block(`variable "notes"`, "type = string", "ephemeral = true") +
	acctest.Block(`variable "artifact_token"`, "type = string", "ephemeral = true")

const (
	secretNotes = "notes_for_certification_wo = var.notes\n  notes_for_certification_wo_version = 1"
	policies    = "\n  pending_submission_policy = \"replace\"\n  wait_for = \"publish\""
)

// run keeps what a command prints and returns it.
func (w *world) run(args ...string) (string, error) {
	out, err := w.cli.Run(args...)
	return w.keep(out, err, args...)
}

func (w *world) keep(out string, err error, args ...string) (string, error) {
	w.commands++
	name := fmt.Sprintf("%03d %s.txt", w.commands, strings.ReplaceAll(strings.Join(args, " "), "/", "_"))
	if writeErr := os.WriteFile(filepath.Join(w.printed, name), []byte(out), 0o600); writeErr != nil {
		return out, writeErr
	}
	return out, err
}

func (w *world) succeeds(t *testing.T, args ...string) string {
	t.Helper()
	out, err := w.run(args...)
	if err != nil {
		t.Fatalf("%s: %v\n%s", args, err, out)
	}
	return out
}

func (w *world) fails(t *testing.T, args ...string) string {
	t.Helper()
	out, err := w.run(args...)
	if err == nil {
		t.Fatalf("%s succeeds:\n%s", args, out)
	}
	return out
}

// secrets are all credentials that were about, by what they are.
func (w *world) secrets() map[string]string {
	all := map[string]string{
		"client secret": entratest.ClientSecret, "OIDC request token": entratest.OIDCRequestToken,
		"certificate password": certificatePassword, "write-only notes": writeOnlyNotes, "artifact token": w.artifactToken, "given access token": acctest.Token,
	}
	for i, token := range w.Entra.Issued() {
		all[fmt.Sprintf("access token %d", i)] = token
	}
	for i, token := range w.Entra.Assertions() {
		all[fmt.Sprintf("OIDC token %d", i)] = token
	}
	for _, e := range w.Sim.Events(storesim.EventCreated) {
		s, _ := w.Sim.Submission(e.ApplicationID, e.FlightID, e.SubmissionID)
		if _, signature, signed := strings.Cut(s.UploadURL, "&sig="); signed {
			all["upload signature of "+s.ID] = unescaped(signature)
		}
	}
	return all
}

// unescaped undoes what a query does to a signature; a plus sign stays one.
func unescaped(signature string) string {
	return strings.NewReplacer("%2B", "+", "%2F", "/", "%3D", "=").Replace(signature)
}

// keepsSecrets searches all that is left.
func (w *world) keepsSecrets(t *testing.T) map[string][]byte {
	t.Helper()
	secrets, files := w.secrets(), left(t, w.cli.Dir, w.printed)
	for _, what := range slices.Sorted(maps.Keys(secrets)) {
		forms := forms(secrets[what])
		for _, name := range slices.Sorted(maps.Keys(files)) {
			if form, found := findAny(files[name], forms); found {
				t.Errorf("%s holds the %s:\n%s", name, what, around(files[name], form))
			}
		}
	}
	if len(w.Sim.Events(storesim.EventCreated)) > 0 && !slices.ContainsFunc(slices.Collect(maps.Keys(secrets)), func(what string) bool {
		return strings.HasPrefix(what, "upload signature")
	}) {
		t.Error("there is no upload signature to look for")
	}
	return files
}

// around is the neighbourhood of a leak.
func around(content []byte, form string) string {
	const before, after = 300, 100
	i := bytes.Index(content, []byte(form))
	return string(content[max(0, i-before):min(len(content), i+len(form)+after)])
}

// reaches checks that the search looks where things are: what is no secret must be
// found in the file of the given name.
func reaches(t *testing.T, files map[string][]byte, suffix, text string) {
	t.Helper()
	for name, content := range files {
		if strings.HasSuffix(name, suffix) {
			if _, found := find(content, text); found {
				return
			}
		}
	}
	t.Errorf("%q is not found in any %s: the search does not reach it", text, suffix)
}
