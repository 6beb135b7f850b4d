package credential

import (
	"crypto"
	"crypto/x509"
	"encoding/asn1"
	"encoding/pem"
	"errors"
	"fmt"

	"github.com/Azure/azure-sdk-for-go/sdk/azidentity"
	"software.sslmate.com/src/go-pkcs12"
)

var (
	errPassword      = errors.New("client_certificate_password is wrong, or the file is damaged")
	errNeedsPassword = errors.New("the file is encrypted and client_certificate_password is not set")
	errEncryptedPEM  = errors.New("the private key in the PEM file is encrypted, and only PKCS#12 files may be: " +
		"run openssl pkcs12 -export -in FILE.pem -out FILE.pfx, and set client_certificate_path and client_certificate_password to the new file and its password")
)

// parseCertificate reads certificates and the one private key from PEM or PKCS#12.
//
// [azidentity.ParseCertificates] does not read the PKCS#12 files that OpenSSL has written since version 3.
func parseCertificate(content []byte, password string) ([]*x509.Certificate, crypto.PrivateKey, error) {
	block, rest := pem.Decode(content)
	if block == nil {
		return parsePKCS12(content, password)
	}
	for ; block != nil; block, rest = pem.Decode(rest) {
		if block.Type == "ENCRYPTED PRIVATE KEY" || block.Headers["DEK-Info"] != "" {
			return nil, nil, errEncryptedPEM
		}
	}
	return azidentity.ParseCertificates(content, nil)
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
