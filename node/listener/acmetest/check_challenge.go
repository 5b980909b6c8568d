package acmetest

import (
	"bytes"
	"context"
	"crypto"
	"crypto/sha256"
	"crypto/tls"
	"encoding/asn1"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"time"

	"golang.org/x/crypto/acme"
)

const checkTimeout = 10 * time.Second

// check looks whether the one who asks serves the name.
func (a *Authority) check(o *order, kind string, key crypto.PublicKey) error {
	thumb, err := acme.JWKThumbprint(key)
	if err != nil {
		return err
	}
	expected := o.token + "." + thumb
	a.mu.Lock()
	https, plain := a.https, a.http
	a.mu.Unlock()
	if kind == "http-01" {
		return checkHTTP(plain, o, expected)
	}
	return checkTLS(https, o, expected)
}

// acmeIdentifier is the certificate extension of RFC 8737.
var acmeIdentifier = asn1.ObjectIdentifier{1, 3, 6, 1, 5, 5, 7, 1, 31}

func checkTLS(addr string, o *order, expected string) error {
	dialer := &net.Dialer{Timeout: checkTimeout}
	conn, err := tls.DialWithDialer(dialer, "tcp", addr, &tls.Config{
		ServerName: o.domain, NextProtos: []string{acme.ALPNProto}, InsecureSkipVerify: true, // the challenge is self-signed
	})
	if err != nil {
		return err
	}
	defer conn.Close()
	leaf := conn.ConnectionState().PeerCertificates[0]
	sum := sha256.Sum256([]byte(expected))
	want, err := asn1.Marshal(sum[:])
	if err != nil {
		return err
	}
	if !slices.Equal(leaf.DNSNames, []string{o.domain}) {
		return fmt.Errorf("certificate is for %v", leaf.DNSNames)
	}
	for _, e := range leaf.Extensions {
		if e.Id.Equal(acmeIdentifier) && e.Critical && bytes.Equal(e.Value, want) {
			return nil
		}
	}
	return fmt.Errorf("no proof in the certificate")
}

func checkHTTP(addr string, o *order, expected string) error {
	client := http.Client{Timeout: checkTimeout, Transport: &http.Transport{
		DisableKeepAlives: true,
		DialContext: func(ctx context.Context, network, _ string) (net.Conn, error) {
			return (&net.Dialer{}).DialContext(ctx, network, addr)
		},
	}}
	answer, err := client.Get("http://" + o.domain + "/.well-known/acme-challenge/" + o.token)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(io.LimitReader(answer.Body, 4096))
	if err != nil {
		return err
	}
	if answer.StatusCode != http.StatusOK || string(bytes.TrimSpace(body)) != expected {
		return fmt.Errorf("status %d, %q", answer.StatusCode, body)
	}
	return nil
}
