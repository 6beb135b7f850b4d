// Package azurite starts Azurite, Microsoft's emulator of Azure Storage, as the judge of what the provider uploads: it
// enforces signed URLs, verifies the checksum of each block and assembles blobs as the service does. Only tests import it.
//
// The version is pinned by package.json and package-lock.json beside this file and installed by
//
//	npm ci --prefix internal/azurite
//
// which is what "make internal/azurite/node_modules" does. It needs Node.js 20 or newer on PATH; Azurite asks for 22, and
// npm warns below that, but its blob server works.
package azurite

import (
	"bufio"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/blob"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/bloberror"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/container"
)

// The account that every Azurite knows, whose key is no secret:
// https://learn.microsoft.com/azure/storage/common/storage-connect-azurite.
const (
	account = "devstoreaccount1"
	key     = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=="
)

// containerName is where the blobs live; the Store's are in one of the same name [store-api 7].
const containerName = "ingestion"

// Server is a running Azurite with an empty memory.
type Server struct {
	endpoint  string // of the account
	container *container.Client
}

// Start runs an Azurite of its own for a test and ends it with the test.
func Start(tb testing.TB) *Server {
	tb.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	s, err := start(ctx)
	tb.Cleanup(cancel)
	if err != nil {
		tb.Fatal(err)
	}
	return s
}

// Shared is one Azurite for all tests of the test binary. It ends with the process.
func Shared(tb testing.TB) *Server {
	tb.Helper()
	s, err := shared()
	if err != nil {
		tb.Fatal(err)
	}
	return s
}

var shared = sync.OnceValues(func() (*Server, error) { return start(context.Background()) })

var listening = regexp.MustCompile(`successfully listens on (http://127\.0\.0\.1:\d+)`)

// start runs the server until the context or this process ends.
func start(ctx context.Context) (*Server, error) {
	dir, err := directory()
	if err != nil {
		return nil, err
	}
	cmd := exec.CommandContext(ctx, "node", filepath.Join(dir, "azurite.cjs"), "--blobHost", "127.0.0.1", "--blobPort", "0",
		"--inMemoryPersistence", "--skipApiVersionCheck", "--silent", "--disableTelemetry")
	cmd.Stderr = os.Stderr
	// The pipe stays open until this process ends, and tells the server so.
	if _, err := cmd.StdinPipe(); err != nil {
		return nil, fmt.Errorf("start azurite: %w", err)
	}
	output, err := cmd.StdoutPipe()
	if err != nil {
		return nil, fmt.Errorf("start azurite: %w", err)
	}
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("start azurite, which needs Node.js on PATH: %w", err)
	}
	address, err := addressIn(output)
	if err != nil {
		return nil, errors.Join(err, cmd.Cancel(), cmd.Wait())
	}
	go func() {
		// A full pipe would stop the server.
		_, _ = io.Copy(io.Discard, output)
		_ = cmd.Wait()
	}()
	return connect(ctx, address)
}

// directory is where this package's files are, found from any package of the module.
func directory() (string, error) {
	root, err := os.Getwd()
	if err != nil {
		return "", fmt.Errorf("find the module: %w", err)
	}
	for {
		if _, err := os.Stat(filepath.Join(root, "go.mod")); err == nil {
			break
		}
		if root == filepath.Dir(root) {
			return "", errors.New("find the module: no go.mod in or above the working directory")
		}
		root = filepath.Dir(root)
	}
	dir := filepath.Join(root, "internal", "azurite")
	if _, err := os.Stat(filepath.Join(dir, "node_modules", "azurite")); err != nil {
		return "", errors.New("azurite is not installed: run make internal/azurite/node_modules")
	}
	return dir, nil
}

// addressIn reads the output up to the line that tells which port the server got.
func addressIn(output io.Reader) (string, error) {
	lines := bufio.NewScanner(output)
	for lines.Scan() {
		if match := listening.FindStringSubmatch(lines.Text()); match != nil {
			return match[1], nil
		}
	}
	return "", fmt.Errorf("azurite ended before it listened: %w", errors.Join(lines.Err(), io.ErrUnexpectedEOF))
}

func connect(ctx context.Context, address string) (*Server, error) {
	credential, err := blob.NewSharedKeyCredential(account, key)
	if err != nil {
		return nil, fmt.Errorf("connect to azurite: %w", err)
	}
	s := &Server{endpoint: address + "/" + account}
	s.container, err = container.NewClientWithSharedKeyCredential(s.endpoint+"/"+containerName, credential, nil)
	if err != nil {
		return nil, fmt.Errorf("connect to azurite: %w", err)
	}
	if _, err := s.container.Create(ctx, nil); err != nil {
		return nil, fmt.Errorf("create a container in azurite: %w", err)
	}
	return s, nil
}

// Option changes what an upload URL is signed for.
type Option func(*grant)

type grant struct {
	expiry  time.Time
	version string
}

// Expires sets when the URL expires, instead of in a day.
func Expires(at time.Time) Option {
	return func(g *grant) { g.expiry = at }
}

// Version sets the service version that the URL is signed for, 2018-11-09 or later, instead of the one that the Store's have.
func Version(version string) Option {
	return func(g *grant) { g.version = version }
}

// UploadURL is a signed URL of one blob such as the Store hands out: for reading, writing and listing, for a day
// [store-api 7].
func (s *Server) UploadURL(tb testing.TB, blobName string, options ...Option) string {
	tb.Helper()
	g := grant{expiry: time.Now().Add(24 * time.Hour), version: "2024-05-04"}
	for _, option := range options {
		option(&g)
	}
	const permissions, resource = "rwl", "b"
	expiry := g.expiry.UTC().Format(time.RFC3339)
	// The fields and their order: https://learn.microsoft.com/rest/api/storageservices/create-service-sas, "construct the
	// signature string".
	fields := []string{permissions, "", expiry, "/blob/" + account + "/" + containerName + "/" + blobName, "", "", "", g.version, resource, ""}
	if g.version >= "2020-12-06" {
		fields = append(fields, "") // encryption scope
	}
	fields = append(fields, make([]string, 5)...) // headers of replies
	secret, err := base64.StdEncoding.DecodeString(key)
	if err != nil {
		tb.Fatalf("sign the URL of blob %s: %v", blobName, err)
	}
	mac := hmac.New(sha256.New, secret)
	mac.Write([]byte(strings.Join(fields, "\n")))
	signature := base64.StdEncoding.EncodeToString(mac.Sum(nil))
	query := url.Values{"sp": {permissions}, "se": {expiry}, "sv": {g.version}, "sr": {resource}, "sig": {signature}}
	return s.endpoint + "/" + containerName + "/" + blobName + "?" + query.Encode()
}

// Read is the committed content of a blob; nil when there is none.
func (s *Server) Read(tb testing.TB, blobName string) []byte {
	tb.Helper()
	content, _ := s.download(tb, blobName)
	return content
}

// ContentType is the committed content type of a blob; empty when there is none.
func (s *Server) ContentType(tb testing.TB, blobName string) string {
	tb.Helper()
	_, contentType := s.download(tb, blobName)
	return contentType
}

func (s *Server) download(tb testing.TB, blobName string) (content []byte, contentType string) {
	tb.Helper()
	reply, err := s.container.NewBlobClient(blobName).DownloadStream(tb.Context(), nil)
	if bloberror.HasCode(err, bloberror.BlobNotFound) {
		return nil, ""
	}
	if err != nil {
		tb.Fatalf("read blob %s: %v", blobName, err)
	}
	defer reply.Body.Close()
	content, err = io.ReadAll(reply.Body)
	if err != nil {
		tb.Fatalf("read blob %s: %v", blobName, err)
	}
	return content, *reply.ContentType
}
