package main

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

// The test binary is also the program: scripts run it as courtcircuit, in
// processes of their own.
func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"courtcircuit": main})
}

// TestScripts runs the program as people do: several processes on one
// machine, each with its own home, connected over loopback.
func TestScripts(t *testing.T) {
	scripts, err := filepath.Glob("testdata/script/*.txtar")
	if err != nil || len(scripts) == 0 {
		t.Fatal("no scripts found", err)
	}
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata/script",
		Setup:               setupScript,
		Cmds:                scriptCommands,
		RequireExplicitExec: false,
		RequireUniqueNames:  true,
	})
}

// networkOf keeps scripts that run side by side from ever meeting.
func networkOf(workDir string) string {
	return "test-" + strings.TrimPrefix(filepath.Base(workDir), "script-")
}

func setupScript(env *testscript.Env) error {
	env.Vars = append(env.Vars, testEnviron(networkOf(env.WorkDir))...)
	// Scripts are read in English; those about French say so.
	env.Vars = append(env.Vars, "LANG=en_US.UTF-8")
	ctx, cancel := context.WithCancel(context.Background())
	d := &daemons{ctx: ctx, dir: env.WorkDir, running: map[string]*daemon{}}
	env.Values[daemonsKey{}] = d
	env.Defer(func() {
		cancel()
		d.killAll()
	})
	return nil
}

// testEnviron is what a node in a test needs to know: a network of its own,
// and that a nearly full disk does not matter here.
func testEnviron(network string) []string {
	return []string{"COURTCIRCUIT_NETWORK=" + network, "COURTCIRCUIT_MIN_FREE_MIB=16"}
}

// scratchDir is outside of the repository and removed at the end.
func scratchDir(t testing.TB) string {
	dir, err := os.MkdirTemp("", "courtcircuit-test-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := os.RemoveAll(dir); err != nil {
			t.Error(err)
		}
	})
	return dir
}
