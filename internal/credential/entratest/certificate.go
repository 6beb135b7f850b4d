package entratest

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"errors"
	"math/big"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// certificate is one that the application has registered.
type certificate struct {
	thumbprint string
	chain      []string
	key        *rsa.PublicKey
}

// Trust registers a certificate with the application.
func (s *Server) Trust(tb testing.TB, c *x509.Certificate) {
	tb.Helper()
	key, ok := c.PublicKey.(*rsa.PublicKey)
	if !ok {
		tb.Fatalf("the certificate's key is a %T, not RSA", c.PublicKey)
	}
	thumbprint := sha256.Sum256(c.Raw)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.certificates = append(s.certificates, certificate{
		thumbprint: base64.StdEncoding.EncodeToString(thumbprint[:]),
		chain:      []string{base64.StdEncoding.EncodeToString(c.Raw)},
		key:        key,
	})
}

// NewCertificate makes a self-signed certificate, registers it with the application, and returns the
// path of a PEM file with it and its key.
func (s *Server) NewCertificate(tb testing.TB) string {
	tb.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		tb.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1),
		Subject:      pkix.Name{CommonName: "test only"},
		NotBefore:    time.Now().Add(-time.Hour),
		NotAfter:     time.Now().Add(time.Hour),
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		tb.Fatal(err)
	}
	parsed, err := x509.ParseCertificate(der)
	if err != nil {
		tb.Fatal(err)
	}
	pkcs8, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		tb.Fatal(err)
	}
	s.Trust(tb, parsed)
	path := filepath.Join(tb.TempDir(), "certificate.pem")
	content := slices.Concat(
		pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: pkcs8}),
		pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}),
	)
	if err := os.WriteFile(path, content, 0o600); err != nil {
		tb.Fatal(err)
	}
	return path
}

// signed is a JSON web token that claims to be signed with a certificate.
type signed struct {
	header struct {
		Algorithm  string   `json:"alg"`
		Thumbprint string   `json:"x5t#S256"`
		Chain      []string `json:"x5c"`
	}
	claims struct {
		Audience  string `json:"aud"`
		Issuer    string `json:"iss"`
		Subject   string `json:"sub"`
		ID        string `json:"jti"`
		Expires   int64  `json:"exp"`
		NotBefore int64  `json:"nbf"`
	}
	input     string
	signature []byte
}

func parseSigned(assertion string) (signed, error) {
	var out signed
	parts := strings.Split(assertion, ".")
	if len(parts) != 3 {
		return out, errors.New("it has not three parts")
	}
	out.input = parts[0] + "." + parts[1]
	for i, target := range []any{&out.header, &out.claims} {
		text, err := base64.RawURLEncoding.DecodeString(parts[i])
		if err != nil {
			return out, err
		}
		if err := json.Unmarshal(text, target); err != nil {
			return out, err
		}
	}
	var err error
	out.signature, err = base64.RawURLEncoding.DecodeString(parts[2])
	return out, err
}

// examineSigned checks an assertion as Entra does: registered certificate, full chain, signature,
// addressee, issuer and time.
func (s *Server) examineSigned(a signed) *refusal {
	i := slices.IndexFunc(s.certificates, func(c certificate) bool { return c.thumbprint == a.header.Thumbprint })
	if i < 0 {
		return &refusal{700027, "The certificate with identifier used to sign the client assertion is not registered on application. [Reason - The key was not found.]"}
	}
	registered := s.certificates[i]
	digest := sha256.Sum256([]byte(a.input))
	now := time.Now()
	switch {
	case a.header.Algorithm != "PS256" || rsa.VerifyPSS(registered.key, crypto.SHA256, digest[:], a.signature, nil) != nil:
		return &refusal{700027, "Client assertion failed signature validation."}
	case !slices.Equal(a.header.Chain, registered.chain):
		return &refusal{700027, "Client assertion carries the wrong certificate chain."}
	case a.claims.Audience != s.server.URL+"/"+TenantID+"/oauth2/v2.0/token":
		return &refusal{700023, "Client assertion audience claim does not match the token endpoint."}
	case a.claims.Issuer != ClientID || a.claims.Subject != ClientID || a.claims.ID == "":
		return &refusal{700021, "Client assertion application identifier doesn't match 'client_id' parameter."}
	case now.Before(time.Unix(a.claims.NotBefore, 0)) || !now.Before(time.Unix(a.claims.Expires, 0)):
		return &refusal{700024, "Client assertion is not within its valid time range."}
	}
	return nil
}
