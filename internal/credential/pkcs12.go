package credential

import (
	"bytes"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/pem"
	"errors"
	"fmt"
)

// The object identifiers of RFC 7292 (PKCS#12) and RFC 2315 (PKCS#7).
var (
	oidData            = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 7, 1}
	oidEncryptedData   = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 7, 6}
	oidKeyBag          = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 12, 10, 1, 1}
	oidShroudedKeyBag  = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 12, 10, 1, 2}
	oidCertificateBag  = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 12, 10, 1, 3}
	oidX509Certificate = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 22, 1}
)

type pfx struct {
	Version  int
	AuthSafe contentInfo
	MAC      asn1.RawValue `asn1:"optional"`
}

type contentInfo struct {
	Type    asn1.ObjectIdentifier
	Content asn1.RawValue `asn1:"optional"`
}

type encryptedData struct {
	Version int
	Content struct {
		Type      asn1.ObjectIdentifier
		Algorithm pkix.AlgorithmIdentifier
		Data      []byte `asn1:"tag:0,optional"`
	}
}

type safeBag struct {
	ID         asn1.ObjectIdentifier
	Value      asn1.RawValue
	Attributes asn1.RawValue `asn1:"optional"`
}

type certificateBag struct {
	Type asn1.ObjectIdentifier
	Data asn1.RawValue
}

// decryptPKCS12 returns the certificates and keys of a PKCS#12 file as PEM, or errNotPBES2 for a file
// that is encrypted in the older ways. The file's checksum is not verified: it tells a wrong password
// from a right one, which decrypting does too.
func decryptPKCS12(content []byte, password string) ([]byte, error) {
	var file pfx
	if rest, err := asn1.Unmarshal(content, &file); err != nil || len(rest) > 0 || file.Version != 3 {
		return nil, errors.New("the file is neither PEM nor PKCS#12 (PFX)")
	}
	safe, err := octets(file.AuthSafe)
	if err != nil {
		return nil, err
	}
	var contents []contentInfo
	if _, err := asn1.Unmarshal(safe, &contents); err != nil {
		return nil, fmt.Errorf("read the PKCS#12 file: %w", err)
	}
	var out bytes.Buffer
	for _, info := range contents {
		bags, err := openBags(info, password)
		if err != nil {
			return nil, err
		}
		for _, bag := range bags {
			if err := writeBag(&out, bag, password); err != nil {
				return nil, err
			}
		}
	}
	return out.Bytes(), nil
}

// octets returns what a plain content holds.
func octets(info contentInfo) ([]byte, error) {
	if !info.Type.Equal(oidData) {
		return nil, errNotPBES2
	}
	var data []byte
	if _, err := asn1.Unmarshal(info.Content.Bytes, &data); err != nil {
		return nil, fmt.Errorf("read the PKCS#12 file: %w", err)
	}
	return data, nil
}

func openBags(info contentInfo, password string) ([]safeBag, error) {
	var data []byte
	var err error
	if info.Type.Equal(oidEncryptedData) {
		var encrypted encryptedData
		if _, err := asn1.Unmarshal(info.Content.Bytes, &encrypted); err != nil {
			return nil, fmt.Errorf("read the PKCS#12 file: %w", err)
		}
		data, err = decryptPBES2(encrypted.Content.Algorithm, encrypted.Content.Data, password)
	} else {
		data, err = octets(info)
	}
	if err != nil {
		return nil, err
	}
	var bags []safeBag
	if _, err := asn1.Unmarshal(data, &bags); err != nil {
		return nil, errPassword
	}
	return bags, nil
}

// writeBag writes a certificate or a private key; other bags, such as revocation lists, are skipped.
func writeBag(out *bytes.Buffer, bag safeBag, password string) error {
	switch {
	case bag.ID.Equal(oidKeyBag):
		return pem.Encode(out, &pem.Block{Type: privateKeyBlock, Bytes: bag.Value.Bytes})
	case bag.ID.Equal(oidShroudedKeyBag):
		key, err := decryptPKCS8(bag.Value.Bytes, password)
		if err != nil {
			return err
		}
		return pem.Encode(out, &pem.Block{Type: privateKeyBlock, Bytes: key})
	case bag.ID.Equal(oidCertificateBag):
		var wrapped certificateBag
		if _, err := asn1.Unmarshal(bag.Value.Bytes, &wrapped); err != nil {
			return errPassword
		}
		var der []byte
		if _, err := asn1.Unmarshal(wrapped.Data.Bytes, &der); err != nil || !wrapped.Type.Equal(oidX509Certificate) {
			return errPassword
		}
		return pem.Encode(out, &pem.Block{Type: certificateBlock, Bytes: der})
	default:
		return nil
	}
}
