package demo

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"os"
	"testing"

	"go.uber.org/goleak"

	"courtcircuit/node/httpapi/api"
)

func TestMain(m *testing.M) {
	// glog, which Badger brings along, keeps one goroutine for the life of the process.
	goleak.VerifyTestMain(m, goleak.IgnoreTopFunction("github.com/golang/glog.(*fileSink).flushDaemon"))
}

// ownTemp gives the demonstration a folder for temporary files of its own.
func ownTemp(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	for _, name := range []string{"TMPDIR", "TMP", "TEMP"} {
		t.Setenv(name, dir)
	}
	return dir
}

func infoOf(t *testing.T, page string) (info api.Info) {
	t.Helper()
	client := http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	answer, err := client.Get(page + "api/v1/info")
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	if err := json.NewDecoder(answer.Body).Decode(&info); err != nil || answer.StatusCode != http.StatusOK {
		t.Fatalf("%s: %v", answer.Status, err)
	}
	return info
}

func TestRunTwoNodes(t *testing.T) {
	temp := ownTemp(t)
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	calls := 0
	err := Run(ctx, Config{Nodes: 2, Profiles: 6}, slog.New(slog.DiscardHandler), func(list []Running) error {
		calls++
		defer cancel()
		if len(list) != 2 || list[0].Place != "Toulouse" || list[1].Place != "Bordeaux" {
			t.Fatalf("%+v", list)
		}
		first, second := infoOf(t, list[0].PageURL), infoOf(t, list[1].PageURL)
		if first.Digest != second.Digest || first.PeerID == second.PeerID || first.PeerID != list[0].PeerID {
			t.Errorf("not one replica on two nodes: %+v and %+v", first, second)
		}
		if c := first.Counts; c["profile"] != 6 || c["collective"] != 2 || c["mission"] != 6 {
			t.Errorf("%v; 6 profiles, 2 collectives and 6 missions expected", c)
		}
		if first.Network == "main" || first.Network != second.Network {
			t.Errorf("networks %q and %q", first.Network, second.Network)
		}
		return nil
	})
	if err != nil || calls != 1 {
		t.Errorf("ready was called %d times: %v", calls, err)
	}
	wantEmpty(t, temp)
}

// Whoever was told that it is ready may say no; nothing is left then either.
func TestRunEndsWhenNotWanted(t *testing.T) {
	temp := ownTemp(t)
	no := errors.New("no")
	err := Run(context.Background(), Config{Nodes: 1, Profiles: 1}, slog.New(slog.DiscardHandler), func([]Running) error { return no })
	if !errors.Is(err, no) {
		t.Error(err)
	}
	wantEmpty(t, temp)
}

func wantEmpty(t *testing.T, dir string) {
	t.Helper()
	if left, err := os.ReadDir(dir); err != nil || len(left) != 0 {
		t.Errorf("left behind: %v (%v)", left, err)
	}
}
