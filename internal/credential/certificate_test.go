package credential_test

import (
	"crypto/x509"
	"encoding/pem"
	"os"
	"path/filepath"
	"strings"
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
			mustSignIn(t, entra, newCredential(t, cfg, nil, entra.Transport()))
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
	large := filepath.Join(dir, "large")
	write(t, large, strings.Repeat("x", 1<<20+1))
	alone := filepath.Join(dir, "alone.pem")
	write(t, alone, string(certificatePart(t)))
	damaged := filepath.Join(dir, "damaged.pfx")
	write(t, damaged, "\x30\x03\x02\x01\x03")
	altered := filepath.Join(dir, "altered.pfx")
	content, err := os.ReadFile(filepath.Join("testdata", "plain.pfx"))
	if err != nil {
		t.Fatal(err)
	}
	content[len(content)/2] ^= 1 // Inside what the file's checksum is made of.
	write(t, altered, string(content))
	tests := map[string]struct {
		path, password, argument, says string
	}{
		"missing":                 {"testdata/nowhere.pem", "", "client_certificate_path", "testdata/nowhere.pem does not exist"},
		"signed address":          {"https://contoso.com/app.pfx?sig=hush", "", "client_certificate_path", "contoso.com/app.pfx"},
		"folder":                  {dir, "", "client_certificate_path", dir + " is not a file"},
		"device":                  {os.DevNull, "", "client_certificate_path", os.DevNull + " is not a file"},
		"large":                   {large, "", "client_certificate_path", "is larger than 1 MiB"},
		"neither PEM nor PKCS#12": {junk, "", "client_certificate_path", "neither PEM nor PKCS#12"},
		"altered PKCS#12":         {altered, "", "client_certificate_password", "the file is damaged"},
		"damaged PKCS#12":         {damaged, "", "client_certificate_path", "read the PKCS#12 file"},
		"no key":                  {alone, "", "client_certificate_path", "found no private key"},
		"elliptic curve":          {"testdata/elliptic.pem", "", "client_certificate_path", "RSA keys only"},
		"encrypted PEM":           {"testdata/encrypted.pem", "hush", "client_certificate_path", "run openssl pkcs12 -export -in FILE.pem -out FILE.pfx"},
		"traditional PEM":         {"testdata/encrypted-traditional.pem", "", "client_certificate_path", "run openssl pkcs12 -export -in FILE.pem -out FILE.pfx"},
		"PFX without password":    {"testdata/encrypted.pfx", "", "client_certificate_password", "the file is encrypted and client_certificate_password is not set"},
		"PFX, wrong password":     {"testdata/encrypted.pfx", "hush", "client_certificate_password", "client_certificate_password is wrong"},
		"old PFX, wrong password": {"testdata/encrypted-legacy.pfx", "hush", "client_certificate_password", "client_certificate_password is wrong"},
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

// FuzzCertificateFile looks for files that make the reader panic or hang. It does without PKCS#12,
// whose reader counts as many iterations as a file asks for.
func FuzzCertificateFile(f *testing.F) {
	files, err := filepath.Glob(filepath.Join("testdata", "*.pem"))
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
		if block, _ := pem.Decode(content); block == nil {
			t.Skip("no PEM")
		}
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
