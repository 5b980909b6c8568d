package main

import (
	"context"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/rogpeppe/go-internal/testscript"

	"courtcircuit/node/httpapi/client"
)

// publicAddressFile is where a node says at which address the world asks it.
const publicAddressFile = "public-address"

// publicFlags are those of both commands, and what they set of a request.
var publicFlags = map[string]string{"-host": "Host", "-for": "X-Forwarded-For", "-proto": "X-Forwarded-Proto", "-origin": "Origin"}

// cmdPublic asks a node at its public listener, as strangers do; the answer
// becomes stdout, its header lines stderr:
//
//	public [-token] [-host H] [-for ADDRESS] [-proto https] [-origin O] STATUS NAME METHOD PATH
func cmdPublic(ts *testscript.TestScript, neg bool, args []string) { askPublic(ts, neg, args, 1) }

// cmdFlood is the same, until the status comes; 1000 times are too many.
func cmdFlood(ts *testscript.TestScript, neg bool, args []string) { askPublic(ts, neg, args, 1000) }

func askPublic(ts *testscript.TestScript, neg bool, args []string, tries int) {
	header := http.Header{}
	for len(args) > 0 && strings.HasPrefix(args[0], "-") {
		if args[0] == "-token" {
			header.Set("Authorization", "token")
			args = args[1:]
			continue
		}
		name, ok := publicFlags[args[0]]
		if !ok || len(args) < 2 {
			ts.Fatalf("unknown flag %s", args[0])
		}
		header.Set(name, args[1])
		args = args[2:]
	}
	wantArgs(ts, neg, args, 4, "public [-token] [-host H] [-for ADDRESS] [-proto P] [-origin O] STATUS NAME METHOD PATH")
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	home := ts.MkAbs(args[1])
	if header.Get("Authorization") != "" {
		token, err := os.ReadFile(filepath.Join(home, client.TokenFile))
		ts.Check(err)
		header.Set("Authorization", "Bearer "+strings.TrimSpace(string(token)))
	}
	ctx, cancel := bounded(ts, awaitBound)
	defer cancel()
	var status int
	var head http.Header
	var body []byte
	for range tries {
		status, head, body, err = publicCall(ctx, publicAddress(ts, home), args[2], args[3], header)
		ts.Check(err)
		if status == want {
			break
		}
	}
	_, err = ts.Stdout().Write(body)
	ts.Check(err)
	ts.Check(head.Write(ts.Stderr()))
	if status != want {
		ts.Fatalf("status %d, %d wanted: %s", status, want, body)
	}
}

func publicAddress(ts *testscript.TestScript, home string) string {
	address, err := os.ReadFile(filepath.Join(home, publicAddressFile))
	ts.Check(err)
	return strings.TrimSpace(string(address))
}

// cmdPublicPort sets $NAME_public to the port of a node's public listener.
func cmdPublicPort(ts *testscript.TestScript, neg bool, args []string) {
	wantArgs(ts, neg, args, 1, "publicport NAME")
	_, port, err := net.SplitHostPort(publicAddress(ts, ts.MkAbs(args[0])))
	ts.Check(err)
	ts.Setenv(args[0]+"_public", port)
}

// publicCall follows no redirection and sends a form where it writes.
func publicCall(ctx context.Context, address, method, path string, header http.Header) (int, http.Header, []byte, error) {
	req, err := http.NewRequestWithContext(ctx, method, "http://"+address+path, nil)
	if err != nil {
		return 0, nil, nil, err
	}
	req.Header = header.Clone()
	req.Host = header.Get("Host")
	req.Header.Del("Host")
	answer, err := (&http.Transport{DisableKeepAlives: true}).RoundTrip(req)
	if err != nil {
		return 0, nil, nil, err
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	return answer.StatusCode, answer.Header, body, err
}
