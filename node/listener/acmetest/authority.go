// Package acmetest is a certificate authority for tests. It speaks as much of
// ACME (RFC 8555) as a server needs to get a certificate, really looks at the
// challenges, and issues real certificates of a root of its own.
package acmetest

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"
)

// Authority issues certificates to whoever proves to hold a name.
type Authority struct {
	server     *httptest.Server
	challenges []string
	key        *ecdsa.PrivateKey
	root       *x509.Certificate

	mu       sync.Mutex
	https    string // where names lead to
	http     string
	down     bool
	life     time.Duration
	nonces   int
	accounts map[string]crypto.PublicKey // by URL
	orders   []*order                    // by number
	failures []error
}

type order struct {
	domain string
	token  string
	status string // pending, ready, valid, invalid
	chain  []byte
}

// New starts an authority that offers these challenges: tls-alpn-01, http-01.
func New(t testing.TB, challenges ...string) *Authority {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "test authority"}, IsCA: true, BasicConstraintsValid: true,
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(365 * 24 * time.Hour), KeyUsage: x509.KeyUsageCertSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	root, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	a := &Authority{challenges: challenges, key: key, root: root, life: 90 * 24 * time.Hour, accounts: map[string]crypto.PublicKey{}}
	a.server = httptest.NewTLSServer(http.HandlerFunc(a.serve))
	t.Cleanup(a.server.Close)
	return a
}

// Directory is the address to configure.
func (a *Authority) Directory() string { return a.server.URL + "/directory" }

// CAFile writes the root of the authority's own server and returns the path.
func (a *Authority) CAFile(t testing.TB) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "authority.pem")
	if err := os.WriteFile(path, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: a.server.Certificate().Raw}), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// Roots trust the certificates that it issues.
func (a *Authority) Roots() *x509.CertPool {
	pool := x509.NewCertPool()
	pool.AddCert(a.root)
	return pool
}

// Lead says at which addresses the names are served.
func (a *Authority) Lead(https, http string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.https, a.http = https, http
}

// SetDown cuts every connection without an answer.
func (a *Authority) SetDown(down bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.down = down
}

// SetLife says how long certificates hold from now on.
func (a *Authority) SetLife(life time.Duration) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.life = life
}

// Issued counts the certificates so far.
func (a *Authority) Issued() (n int) {
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, o := range a.orders {
		if o.chain != nil {
			n++
		}
	}
	return n
}

// Asked counts the orders so far.
func (a *Authority) Asked() int {
	a.mu.Lock()
	defer a.mu.Unlock()
	return len(a.orders)
}

// Failures are the challenges that did not hold, and why.
func (a *Authority) Failures() []error {
	a.mu.Lock()
	defer a.mu.Unlock()
	return append([]error(nil), a.failures...)
}

// issue signs what the request asks for, for the order's name alone.
func (a *Authority) issue(o *order, request []byte) error {
	csr, err := x509.ParseCertificateRequest(request)
	if err != nil {
		return err
	}
	if err := csr.CheckSignature(); err != nil {
		return err
	}
	if len(csr.DNSNames) != 1 || csr.DNSNames[0] != o.domain {
		return fmt.Errorf("certificate asked for %v, order is for %s", csr.DNSNames, o.domain)
	}
	serial, err := rand.Int(rand.Reader, big.NewInt(1<<62))
	if err != nil {
		return err
	}
	now := time.Now()
	der, err := x509.CreateCertificate(rand.Reader, &x509.Certificate{
		SerialNumber: serial, Subject: pkix.Name{CommonName: o.domain}, DNSNames: csr.DNSNames,
		NotBefore: now.Add(-time.Minute), NotAfter: now.Add(a.life),
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}, a.root, csr.PublicKey, a.key)
	if err != nil {
		return err
	}
	for _, block := range [][]byte{der, a.root.Raw} {
		o.chain = append(o.chain, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: block})...)
	}
	o.status = "valid"
	return nil
}
