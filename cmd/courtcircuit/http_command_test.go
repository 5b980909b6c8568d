package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/rogpeppe/go-internal/testscript"

	"courtcircuit/node/httpapi/client"
)

// cmdHTTP asks a node directly, as other programs do:
//
//	http [-anon] [-type T] [-accept T] [-body FILE] [-data TEXT] [-out FILE] STATUS NAME METHOD PATH
//
// The answer becomes stdout, its media type stderr.
func cmdHTTP(ts *testscript.TestScript, neg bool, args []string) {
	const usage = "http [-anon] [-type T] [-accept T] [-body FILE] [-data TEXT] [-out FILE] STATUS NAME METHOD PATH"
	r := httpCall{media: "application/json"}
	var out string
	for len(args) > 1 && strings.HasPrefix(args[0], "-") {
		switch args[0] {
		case "-anon":
			r.anonymous, args = true, args[1:]
			continue
		case "-type":
			r.media = args[1]
		case "-accept":
			r.accept = args[1]
		case "-body":
			r.body = []byte(ts.ReadFile(args[1]))
		case "-data":
			r.body = []byte(args[1])
		case "-out":
			out = args[1]
		default:
			ts.Fatalf("usage: %s", usage)
		}
		args = args[2:]
	}
	wantArgs(ts, neg, args, 4, usage)
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	ctx, cancel := bounded(ts, awaitBound)
	defer cancel()
	status, media, answer, err := r.do(ctx, ts.MkAbs(args[1]), args[2], args[3])
	ts.Check(err)
	_, err = ts.Stdout().Write(answer)
	ts.Check(err)
	_, err = fmt.Fprintln(ts.Stderr(), media)
	ts.Check(err)
	if out != "" {
		ts.Check(os.WriteFile(ts.MkAbs(out), answer, 0o600))
	}
	if status != want {
		ts.Fatalf("status %d, %d wanted: %s", status, want, answer)
	}
	if status >= 400 && media != "application/problem+json" {
		ts.Fatalf("an error of type %q, application/problem+json wanted: %s", media, answer)
	}
}

type httpCall struct {
	anonymous     bool
	media, accept string
	header        map[string]string
	body          []byte
}

func (r httpCall) do(ctx context.Context, home, method, path string) (status int, media string, answer []byte, err error) {
	address, err := os.ReadFile(filepath.Join(home, client.AddressFile))
	if err != nil {
		return 0, "", nil, err
	}
	req, err := http.NewRequestWithContext(ctx, method, "http://"+strings.TrimSpace(string(address))+path, bytes.NewReader(r.body))
	if err != nil {
		return 0, "", nil, err
	}
	if len(r.body) > 0 {
		req.Header.Set("Content-Type", r.media)
	}
	if r.accept != "" {
		req.Header.Set("Accept", r.accept)
	}
	for name, value := range r.header {
		req.Header.Set(name, value)
	}
	if !r.anonymous {
		token, err := os.ReadFile(filepath.Join(home, client.TokenFile))
		if err != nil {
			return 0, "", nil, err
		}
		req.Header.Set("Authorization", "Bearer "+strings.TrimSpace(string(token)))
	}
	response, err := http.DefaultClient.Do(req)
	if err != nil {
		return 0, "", nil, err
	}
	defer response.Body.Close()
	answer, err = io.ReadAll(response.Body)
	media, _, _ = strings.Cut(response.Header.Get("Content-Type"), ";")
	return response.StatusCode, media, answer, err
}
