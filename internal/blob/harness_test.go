package blob_test

import (
	"bytes"
	"context"
	"encoding/xml"
	"io"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/terraform-msstore/terraform-provider-msstore/internal/archive"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/blob"
)

// smallBlocks are so small that little data makes many of them.
const smallBlocks = 128 << 10

// random is reproducible noise.
func random(seed byte, n int) []byte {
	data := make([]byte, n)
	_, _ = rand.NewChaCha8([32]byte{seed}).Read(data)
	return data
}

// bytesOf are the archive's bytes, made in one piece.
func bytesOf(tb testing.TB, a *archive.Archive) []byte {
	tb.Helper()
	data := make([]byte, a.Size())
	digest := a.NewDigest()
	if err := a.ReadContent(data, 0); err != nil {
		tb.Fatal(err)
	}
	if err := digest.Update(data); err != nil {
		tb.Fatal(err)
	}
	digest.Frame(data, 0)
	return data
}

// upload uploads in small blocks with hardly a pause, and checks that neither the log nor the error tells the signature.
func upload(ctx context.Context, tb testing.TB, uploadURL string, a *archive.Archive, options blob.Options) (log string, err error) {
	tb.Helper()
	var lines syncBuffer
	options.Logger = slog.New(slog.NewTextHandler(&lines, &slog.HandlerOptions{Level: slog.LevelDebug}))
	// Time may be a fake one, which uploads of other tests do not share.
	options.Memory = blob.NewMemory()
	if options.BlockSize == 0 {
		options.BlockSize = smallBlocks
	}
	if options.RetryDelay == 0 {
		options.RetryDelay = time.Millisecond
	}
	if address, err := url.Parse(uploadURL); err == nil && options.Expiry.IsZero() {
		options.Expiry, _ = time.Parse(time.RFC3339, address.Query().Get("se"))
	}
	err = blob.Upload(ctx, uploadURL, a, options)
	texts := []string{lines.String()}
	if err != nil {
		texts = append(texts, err.Error())
	}
	_, query, _ := strings.Cut(uploadURL, "?")
	for _, secret := range signatures(tb, query) {
		for _, text := range texts {
			if strings.Contains(text, secret) {
				tb.Errorf("the signature was told: %s", text)
			}
		}
	}
	return lines.String(), err
}

func signatures(tb testing.TB, query string) []string {
	tb.Helper()
	values, err := url.ParseQuery(query)
	if err != nil || values.Get("sig") == "" {
		tb.Fatalf("the URL has no signature to look for: %v", err)
	}
	sig := values.Get("sig")
	return []string{sig, url.QueryEscape(sig), strings.ReplaceAll(sig, "+", " ")}
}

type syncBuffer struct {
	mu     sync.Mutex
	buffer bytes.Buffer
}

func (b *syncBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buffer.Write(p)
}

func (b *syncBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buffer.String()
}

// proxyTo puts a server between the upload and the blob server that hands each request to a fault first; the blob server
// gets those that the fault did not handle. It returns the upload URL that leads through it.
func proxyTo(tb testing.TB, uploadURL string, fault func(w http.ResponseWriter, r *http.Request) (handled bool)) string {
	tb.Helper()
	target, err := url.Parse(uploadURL)
	if err != nil {
		tb.Fatal(err)
	}
	proxy := &httputil.ReverseProxy{
		Rewrite:  func(r *httputil.ProxyRequest) { r.Out.URL.Scheme, r.Out.URL.Host = target.Scheme, target.Host },
		ErrorLog: slog.NewLogLogger(slog.DiscardHandler, slog.LevelDebug),
	}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !fault(w, r) {
			proxy.ServeHTTP(w, r)
		}
	}))
	tb.Cleanup(server.Close)
	return strings.Replace(uploadURL, target.Host, strings.TrimPrefix(server.URL, "http://"), 1)
}

// transport answers requests without a network.
type transport func(*http.Request) (*http.Response, error)

func (t transport) Do(req *http.Request) (*http.Response, error) { return t(req) }

func reply(req *http.Request, status int, header map[string]string, content string) *http.Response {
	resp := &http.Response{
		StatusCode: status, Status: http.StatusText(status), Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: http.Header{}, Body: io.NopCloser(strings.NewReader(content)), Request: req,
	}
	for name, value := range header {
		resp.Header.Set(name, value)
	}
	return resp
}

// memory is a blob server without a network, for tests in which time is not real.
type memory struct {
	mu        sync.Mutex
	blocks    map[string][]byte
	committed []byte
	requests  []*http.Request
}

func (m *memory) Do(req *http.Request) (*http.Response, error) {
	data, err := io.ReadAll(req.Body)
	if err != nil {
		return nil, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.requests = append(m.requests, req)
	switch query := req.URL.Query(); query.Get("comp") {
	case "block":
		if m.blocks == nil {
			m.blocks = map[string][]byte{}
		}
		m.blocks[query.Get("blockid")] = data
	case "blocklist":
		var list struct {
			Latest []string
		}
		if err := xml.Unmarshal(data, &list); err != nil {
			return nil, err
		}
		m.committed = nil
		for _, id := range list.Latest {
			m.committed = append(m.committed, m.blocks[id]...)
		}
	}
	return reply(req, http.StatusCreated, nil, ""), nil
}

// memoryURL is an upload URL for memory, signed for an hour from now.
func memoryURL() string {
	return "https://ingestion.blob.example/ingestion/id?sv=2024-05-04&sr=b&sp=rwl&sig=c2VjcmV0&se=" +
		url.QueryEscape(time.Now().Add(time.Hour).UTC().Format(time.RFC3339))
}
