package accesstest

import (
	"crypto/ecdsa"
	"crypto/x509"

	"github.com/descope/virtualwebauthn"
)

// NewCredential draws a P-256 credential whose coordinates fill their 32
// bytes: the virtual authenticator leaves leading zeros out, which one key in
// 128 has, and what it then says of the key is no key.
func NewCredential() virtualwebauthn.Credential {
	for {
		c := virtualwebauthn.NewCredential(virtualwebauthn.KeyTypeEC2)
		parsed, err := x509.ParsePKCS8PrivateKey(c.Key.Data)
		if err != nil {
			panic("accesstest: the key of a credential: " + err.Error())
		}
		public, err := parsed.(*ecdsa.PrivateKey).PublicKey.ECDH()
		if err != nil {
			panic("accesstest: the key of a credential: " + err.Error())
		}
		// A byte for the form, then 32 for each coordinate (SEC 1, 2.3.3).
		if point := public.Bytes(); point[1] != 0 && point[33] != 0 {
			return c
		}
	}
}
