package credential

import (
	"bytes"
	"crypto"
	"crypto/x509"
	"encoding/asn1"
	"encoding/pem"
	"errors"
	"fmt"

	"github.com/Azure/azure-sdk-for-go/sdk/azidentity"
	"software.sslmate.com/src/go-pkcs12"
)

const (
	privateKeyBlock   = "PRIVATE KEY"
	encryptedKeyBlock = "ENCRYPTED PRIVATE KEY"
)

var errNeedsPassword = errors.New("the file is encrypted and client_certificate_password is not set")

// parseCertificate reads certificates and the one private key from PEM or PKCS#12.
//
// [azidentity.ParseCertificates] reads neither encrypted PEM keys nor the PKCS#12 files that OpenSSL
// has written since version 3.
func parseCertificate(content []byte, password string) ([]*x509.Certificate, crypto.PrivateKey, error) {
	if block, _ := pem.Decode(content); block == nil {
		return parsePKCS12(content, password)
	}
	decrypted, err := decryptPEM(content, password)
	if err != nil {
		return nil, nil, err
	}
	return azidentity.ParseCertificates(decrypted, nil)
}

func parsePKCS12(content []byte, password string) ([]*x509.Certificate, crypto.PrivateKey, error) {
	var whole asn1.RawValue
	if rest, err := asn1.Unmarshal(content, &whole); err != nil || len(rest) > 0 || whole.Tag != asn1.TagSequence {
		return nil, nil, errors.New("the file is neither PEM nor PKCS#12 (PFX)")
	}
	key, certificate, issuers, err := pkcs12.DecodeChain(content, password)
	switch wrong := errors.Is(err, pkcs12.ErrIncorrectPassword) || errors.Is(err, pkcs12.ErrDecryption); {
	case wrong && password == "":
		return nil, nil, fmt.Errorf("%w, or the file is damaged", errNeedsPassword)
	case wrong:
		return nil, nil, errPassword
	case err != nil:
		return nil, nil, fmt.Errorf("read the PKCS#12 file: %w", err)
	}
	return append([]*x509.Certificate{certificate}, issuers...), key, nil
}

// decryptPEM returns content with its PKCS#8 private keys decrypted. A password is not needed, and
// then ignored, when nothing is encrypted.
func decryptPEM(content []byte, password string) ([]byte, error) {
	var out bytes.Buffer
	for block, rest := pem.Decode(content); block != nil; block, rest = pem.Decode(rest) {
		if block.Headers["DEK-Info"] != "" {
			return nil, errors.New("the private key is encrypted the way of OpenSSL before 1.0: convert it with openssl pkcs8 -topk8")
		}
		if block.Type == encryptedKeyBlock {
			if password == "" {
				return nil, errNeedsPassword
			}
			key, err := decryptPKCS8(block.Bytes, password)
			if err != nil {
				return nil, err
			}
			block = &pem.Block{Type: privateKeyBlock, Bytes: key}
		}
		if err := pem.Encode(&out, block); err != nil {
			return nil, err
		}
	}
	return out.Bytes(), nil
}
