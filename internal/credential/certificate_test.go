package credential_test

import (
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
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
		"missing":                 {"testdata/nowhere.pem", "", "client_certificate_path", "testdata/nowhere.pem: no such file"},
		"neither PEM nor PKCS#12": {junk, "", "client_certificate_path", "neither PEM nor PKCS#12"},
		"altered PKCS#12":         {altered, "", "client_certificate_password", "the file is damaged"},
		"damaged PKCS#12":         {damaged, "", "client_certificate_path", "read the PKCS#12 file"},
		"no key":                  {alone, "", "client_certificate_path", "found no private key"},
		"elliptic curve":          {"testdata/elliptic.pem", "", "client_certificate_path", "RSA keys only"},
		"ancient encryption":      {"testdata/encrypted-traditional.pem", "hush", "client_certificate_path", "openssl pkcs8 -topk8"},
		"PEM without password":    {"testdata/encrypted.pem", "", "client_certificate_password", "the file is encrypted and client_certificate_password is not set"},
		"PEM, wrong password":     {"testdata/encrypted.pem", "hush", "client_certificate_password", "client_certificate_password is wrong"},
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

// A hostile or broken file must neither hang Terraform nor be taken for a wrong password.
func TestCertificateFileIsEncryptedStrangely(t *testing.T) {
	t.Parallel()
	aes256 := asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 1, 42}
	sha256 := asn1.ObjectIdentifier{1, 2, 840, 113549, 2, 9}
	pbkdf2 := asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 5, 12}
	unknown := asn1.ObjectIdentifier{1, 2, 3}
	tests := map[string]struct {
		derivation, digest, cipher asn1.ObjectIdentifier
		iterations                 int
		says                       string
	}{
		"no iterations":       {pbkdf2, sha256, aes256, 0, "0 iterations"},
		"too many iterations": {pbkdf2, sha256, aes256, 1 << 30, "1073741824 iterations"},
		"unknown digest":      {pbkdf2, unknown, aes256, 1, "with 1.2.3: use HMAC"},
		"unknown cipher":      {pbkdf2, sha256, unknown, 1, "encrypted with 1.2.3"},
		"unknown derivation":  {unknown, sha256, aes256, 1, "derives its key with 1.2.3: encrypt it with PBKDF2"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			path := filepath.Join(t.TempDir(), "strange.pem")
			write(t, path, string(pem.EncodeToMemory(&pem.Block{
				Type:  "ENCRYPTED PRIVATE KEY",
				Bytes: encryptedKey(t, tt.derivation, tt.digest, tt.cipher, tt.iterations),
			})))
			resolved, err := credential.Resolve(credential.Config{
				TenantID: "t", ClientID: "c", ClientCertificatePath: path, ClientCertificatePassword: "hush",
			}, env{}.lookup)
			if err != nil {
				t.Fatal(err)
			}
			_, err = resolved.Credential(credential.Options{})
			checkError(t, err, "client_certificate_path", tt.says)
		})
	}
}

// encryptedKey is a block of zeros as an encrypted private key.
func encryptedKey(t *testing.T, derivation, digest, cipher asn1.ObjectIdentifier, iterations int) []byte {
	t.Helper()
	algorithm := func(oid asn1.ObjectIdentifier, parameters any) pkix.AlgorithmIdentifier {
		return pkix.AlgorithmIdentifier{Algorithm: oid, Parameters: asn1.RawValue{FullBytes: marshal(t, parameters)}}
	}
	return marshal(t, struct {
		Algorithm pkix.AlgorithmIdentifier
		Data      []byte
	}{
		Algorithm: algorithm(asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 5, 13}, struct{ Derivation, Cipher pkix.AlgorithmIdentifier }{
			Derivation: algorithm(derivation, struct {
				Salt       []byte
				Iterations int
				Digest     pkix.AlgorithmIdentifier
			}{make([]byte, 8), iterations, pkix.AlgorithmIdentifier{Algorithm: digest}}),
			Cipher: algorithm(cipher, make([]byte, 16)),
		}),
		Data: make([]byte, 16),
	})
}

func marshal(t *testing.T, v any) []byte {
	t.Helper()
	der, err := asn1.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return der
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
