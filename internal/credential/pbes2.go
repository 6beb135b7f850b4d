package credential

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/pbkdf2"
	"crypto/sha1" //nolint:gosec // RFC 8018 names it as the default pseudorandom function.
	"crypto/sha256"
	"crypto/sha512"
	"crypto/x509/pkix"
	"encoding/asn1"
	"errors"
	"fmt"
	"hash"
)

// The object identifiers of RFC 8018 (password-based encryption) and of NIST's AES modes.
var (
	oidPBES2      = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 5, 13}
	oidPBKDF2     = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 5, 12}
	oidHMACSHA1   = asn1.ObjectIdentifier{1, 2, 840, 113549, 2, 7}
	oidHMACSHA256 = asn1.ObjectIdentifier{1, 2, 840, 113549, 2, 9}
	oidHMACSHA384 = asn1.ObjectIdentifier{1, 2, 840, 113549, 2, 10}
	oidHMACSHA512 = asn1.ObjectIdentifier{1, 2, 840, 113549, 2, 11}
	oidAES128CBC  = asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 1, 2}
	oidAES192CBC  = asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 1, 22}
	oidAES256CBC  = asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 1, 42}
)

// maxIterations bounds the time that a file can cost: a second or so.
const maxIterations = 1_000_000

var (
	errNotPBES2 = errors.New("the private key is encrypted in a way older than PBES2: convert it with openssl pkcs8 -topk8")
	errPassword = errors.New("client_certificate_password is wrong, or the file is damaged")
)

// encryptedKey is EncryptedPrivateKeyInfo of RFC 5208.
type encryptedKey struct {
	Algorithm pkix.AlgorithmIdentifier
	Data      []byte
}

type pbes2Parameters struct {
	KeyDerivation pkix.AlgorithmIdentifier
	Encryption    pkix.AlgorithmIdentifier
}

type pbkdf2Parameters struct {
	Salt       []byte
	Iterations int
	KeyLength  int                      `asn1:"optional"`
	PRF        pkix.AlgorithmIdentifier `asn1:"optional"`
}

// decryptPKCS8 decrypts a private key into PKCS#8. Neither the standard library nor the PKCS#12 module
// opens a key that stands alone, and the module best known for it panics on a damaged one.
func decryptPKCS8(der []byte, password string) ([]byte, error) {
	var key encryptedKey
	if _, err := asn1.Unmarshal(der, &key); err != nil {
		return nil, fmt.Errorf("read the encrypted private key: %w", err)
	}
	return decryptPBES2(key.Algorithm, key.Data, password)
}

func decryptPBES2(algorithm pkix.AlgorithmIdentifier, data []byte, password string) ([]byte, error) {
	if !algorithm.Algorithm.Equal(oidPBES2) {
		return nil, errNotPBES2
	}
	var parameters pbes2Parameters
	if _, err := asn1.Unmarshal(algorithm.Parameters.FullBytes, &parameters); err != nil {
		return nil, fmt.Errorf("read how the certificate file is encrypted: %w", err)
	}
	var iv []byte
	if _, err := asn1.Unmarshal(parameters.Encryption.Parameters.FullBytes, &iv); err != nil {
		return nil, fmt.Errorf("read how the certificate file is encrypted: %w", err)
	}
	keyLength, err := aesKeyLength(parameters.Encryption.Algorithm)
	if err != nil {
		return nil, err
	}
	key, err := deriveKey(parameters.KeyDerivation, password, keyLength)
	if err != nil {
		return nil, err
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	if len(iv) != block.BlockSize() || len(data) == 0 || len(data)%block.BlockSize() != 0 {
		return nil, errPassword
	}
	text := make([]byte, len(data))
	cipher.NewCBCDecrypter(block, iv).CryptBlocks(text, data)
	return unpad(text, block.BlockSize())
}

// unpad checks and removes the padding, which is where a wrong password shows first.
func unpad(text []byte, blockSize int) ([]byte, error) {
	last := text[len(text)-1:]
	n := int(last[0])
	if n == 0 || n > blockSize || !bytes.HasSuffix(text, bytes.Repeat(last, n)) {
		return nil, errPassword
	}
	return text[:len(text)-n], nil
}

func aesKeyLength(oid asn1.ObjectIdentifier) (int, error) {
	switch {
	case oid.Equal(oidAES128CBC):
		return 16, nil
	case oid.Equal(oidAES192CBC):
		return 24, nil
	case oid.Equal(oidAES256CBC):
		return 32, nil
	default:
		return 0, fmt.Errorf("the certificate file is encrypted with %v: encrypt it with AES", oid)
	}
}

func deriveKey(algorithm pkix.AlgorithmIdentifier, password string, length int) ([]byte, error) {
	if !algorithm.Algorithm.Equal(oidPBKDF2) {
		return nil, fmt.Errorf("the certificate file derives its key with %v: encrypt it with PBKDF2", algorithm.Algorithm)
	}
	var parameters pbkdf2Parameters
	if _, err := asn1.Unmarshal(algorithm.Parameters.FullBytes, &parameters); err != nil {
		return nil, fmt.Errorf("read how the certificate file derives its key: %w", err)
	}
	if parameters.Iterations < 1 || parameters.Iterations > maxIterations {
		return nil, fmt.Errorf("the certificate file derives its key with %d iterations, not 1 to %d", parameters.Iterations, maxIterations)
	}
	var digest func() hash.Hash
	switch oid := parameters.PRF.Algorithm; {
	case len(oid) == 0, oid.Equal(oidHMACSHA1):
		digest = sha1.New
	case oid.Equal(oidHMACSHA256):
		digest = sha256.New
	case oid.Equal(oidHMACSHA384):
		digest = sha512.New384
	case oid.Equal(oidHMACSHA512):
		digest = sha512.New
	default:
		return nil, fmt.Errorf("the certificate file derives its key with %v: use HMAC with SHA-256", oid)
	}
	return pbkdf2.Key(digest, password, parameters.Salt, parameters.Iterations, length)
}
