package credential_test

import (
	"crypto/x509"
	"encoding/pem"
	"os"
	"path/filepath"
	"testing"

	"github.com/terraform-msstore/terraform-provider-msstore/internal/credential"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/credential/entratest"
)

func TestSignInWithCertificateFiles(t *testing.T) {
	t.Parallel()
	const password = "open-sesame"
	tests := []struct {
		file, password string
	}{
		{"plain.pem", ""},
		{"plain.pem", "needless"},
		{"encrypted.pem", password},
		{"encrypted-sha1.pem", password},
		{"plain.pfx", ""},
		{"plain-legacy.pfx", ""},
		{"bare.pfx", ""},
		{"encrypted.pfx", password},
		{"encrypted-legacy.pfx", password},
	}
	block, _ := pem.Decode(certificatePart(t))
	trusted, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range tests {
		t.Run(tt.file+" "+tt.password, func(t *testing.T) {
			t.Parallel()
			entra := entratest.Start(t)
			entra.Trust(t, trusted)
			cfg := identified(entra, credential.Config{
				ClientCertificatePath: filepath.Join("testdata", tt.file), ClientCertificatePassword: tt.password,
			})
			mustSignIn(t, entra, newCredential(t, cfg, nil, entra.Client()))
		})
	}
}

// certificatePart returns the certificate of testdata/plain.pem, where it follows the key.
func certificatePart(t *testing.T) []byte {
	t.Helper()
	content, err := os.ReadFile(filepath.Join("testdata", "plain.pem"))
	if err != nil {
		t.Fatal(err)
	}
	_, rest := pem.Decode(content)
	return rest
}

func TestCertificateFileIsUnusable(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	junk := filepath.Join(dir, "junk")
	write(t, junk, "neither this nor that")
	alone := filepath.Join(dir, "alone.pem")
	write(t, alone, string(certificatePart(t)))
	tests := map[string]struct {
		path, password, argument, says string
	}{
		"missing":                 {"testdata/nowhere.pem", "", "client_certificate_path", "testdata/nowhere.pem: no such file"},
		"neither PEM nor PKCS#12": {junk, "", "client_certificate_path", "neither PEM nor PKCS#12"},
		"no key":                  {alone, "", "client_certificate_path", "found no private key"},
		"elliptic curve":          {"testdata/elliptic.pem", "", "client_certificate_path", "RSA keys only"},
		"ancient encryption":      {"testdata/encrypted-traditional.pem", "hush", "client_certificate_path", "openssl pkcs8 -topk8"},
		"PEM without password":    {"testdata/encrypted.pem", "", "client_certificate_password", "set client_certificate_password"},
		"PEM, wrong password":     {"testdata/encrypted.pem", "hush", "client_certificate_password", "client_certificate_password is wrong"},
		"PFX without password":    {"testdata/encrypted.pfx", "", "client_certificate_password", "client_certificate_password is wrong"},
		"PFX, wrong password":     {"testdata/encrypted.pfx", "hush", "client_certificate_password", "client_certificate_password is wrong"},
		"old PFX, wrong password": {"testdata/encrypted-legacy.pfx", "hush", "client_certificate_path", "password incorrect"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			resolved, err := credential.Resolve(credential.Config{
				TenantID: "t", ClientID: "c", ClientCertificatePath: tt.path, ClientCertificatePassword: tt.password,
			}, env{}.lookup)
			if err != nil {
				t.Fatal(err)
			}
			_, err = resolved.Credential(credential.Options{})
			checkError(t, err, tt.argument, tt.says, "client certificate (argument client_certificate_path)")
		})
	}
}

// FuzzCertificateFile looks for files that make the reader panic or hang.
func FuzzCertificateFile(f *testing.F) {
	files, err := filepath.Glob(filepath.Join("testdata", "*.p[ef]*"))
	if err != nil || len(files) == 0 {
		f.Fatal("no examples to begin with", err)
	}
	for _, file := range files {
		content, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(content, "open-sesame")
		f.Add(content, "")
	}
	path := filepath.Join(f.TempDir(), "certificate")
	f.Fuzz(func(t *testing.T, content []byte, password string) {
		write(t, path, string(content))
		resolved, err := credential.Resolve(credential.Config{
			TenantID: "t", ClientID: "c", ClientCertificatePath: path, ClientCertificatePassword: password,
		}, env{}.lookup)
		if err != nil {
			t.Fatal(err)
		}
		if cred, err := resolved.Credential(credential.Options{}); (cred == nil) == (err == nil) {
			t.Errorf("credential %v, error %v", cred, err)
		}
	})
}
