package node

import (
	"io/fs"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

func TestTokenFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), tokenFile)
	first, err := loadToken(path)
	if err != nil || len(first) < 32 {
		t.Fatalf("%q: %v", first, err)
	}
	if again, err := loadToken(path); err != nil || again != first {
		t.Errorf("another token at the second start: %v", err)
	}
	if info, err := os.Stat(path); err != nil || (runtime.GOOS != "windows" && info.Mode().Perm() != 0o600) {
		t.Errorf("%v: %v", info.Mode(), err)
	}
	for _, content := range []string{"", "\n", "short\n", strings.Repeat("x", 31), strings.Repeat("x", 31) + "\r" + "x", strings.Repeat("x", 31) + "\xe9"} {
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		token, err := loadToken(path)
		if err == nil || token != "" || !strings.Contains(err.Error(), path) || !strings.Contains(err.Error(), "delete the file") {
			t.Errorf("%q: %q, %v; the file and what to do expected", content, token, err)
		}
		if left, _ := os.ReadFile(path); string(left) != content {
			t.Errorf("%q was replaced; programs hold copies of it", content)
		}
	}
	// A folder cannot be read as a file, whoever runs the test.
	unreadable := filepath.Join(t.TempDir(), "folder")
	if err := os.Mkdir(unreadable, 0o700); err != nil {
		t.Fatal(err)
	}
	if token, err := loadToken(unreadable); err == nil || token != "" || !strings.Contains(err.Error(), "read API token") {
		t.Errorf("unreadable: %q, %v", token, err)
	}
}

// A bad token file stops the start, and gives the port back.
func TestBadTokenStopsTheStart(t *testing.T) {
	cfg := loopConfig(t, t.TempDir())
	cfg.HTTP = "127.0.0.1:0"
	if err := os.WriteFile(filepath.Join(cfg.Home, tokenFile), []byte("short"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := New(cfg, testLog()); err == nil || !strings.Contains(err.Error(), "5 characters, at least 32 expected") {
		t.Error(err)
	}
}

func TestOnlyLoopbackIsServed(t *testing.T) {
	for address, good := range map[string]bool{
		"127.0.0.1:7317": true, "localhost:0": true, "[::1]:7317": true, "127.8.8.8:1": true,
		"0.0.0.0:7317": false, ":7317": false, "192.168.1.4:7317": false, "[::]:7317": false, "example.org:7317": false, "127.0.0.1": false, "": false,
	} {
		err := checkHTTPAddress(address)
		if (err == nil) != good {
			t.Errorf("%q: %v", address, err)
		}
		if err != nil && !strings.Contains(err.Error(), "127.0.0.1:7317") {
			t.Errorf("%q: %v does not say what was expected", address, err)
		}
	}
	cfg := loopConfig(t, t.TempDir())
	cfg.HTTP = "0.0.0.0:7317"
	if _, err := New(cfg, testLog()); err == nil || !strings.Contains(err.Error(), "ssh -L") {
		t.Errorf("a page for the whole network: %v", err)
	}
}

func TestTakenPort(t *testing.T) {
	other, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	taken := other.Addr().String()
	cfg := loopConfig(t, t.TempDir())
	cfg.HTTP = taken
	if _, err := New(cfg, testLog()); err == nil || !strings.Contains(err.Error(), taken) || !strings.Contains(err.Error(), "--http 127.0.0.1:PORT") {
		t.Errorf("%v; the port and what to do expected", err)
	}
	cfg.HTTPFallback = true
	n, err := New(cfg, testLog())
	if err != nil {
		t.Fatal(err)
	}
	if page := n.PageURL(); page == "" || strings.Contains(page, taken) {
		t.Errorf("page at %q", page)
	}
	if err := n.Close(); err != nil {
		t.Error(err)
	}
}

// Local commands find the node by a file, which goes when the node ends.
func TestAddressFileTellsWhetherANodeRuns(t *testing.T) {
	home := t.TempDir()
	cfg := loopConfig(t, home)
	cfg.HTTP = "127.0.0.1:0"
	n, stop := runNode(t, cfg)
	path := filepath.Join(home, addressFile)
	data, err := os.ReadFile(path)
	address := strings.TrimSpace(string(data))
	if err != nil || "http://"+address+"/" != n.PageURL() {
		t.Fatalf("%q in the file, %s is the page: %v", address, n.PageURL(), err)
	}
	client := http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	answer, err := client.Get(n.PageURL() + "api/v1/info")
	if err != nil {
		t.Fatal(err)
	}
	answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		t.Error(answer.Status)
	}
	stop()
	if _, err := os.Stat(path); !os.IsNotExist(err) {
		t.Errorf("the file is still there: %v; %v expected", err, fs.ErrNotExist)
	}
	if _, err := client.Get("http://" + address + "/api/v1/info"); err == nil {
		t.Error("somebody still answers")
	}
}
