package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// Every limit can be set in the file and in the environment, and what cannot
// be is named with what was expected.
func TestLimitSettings(t *testing.T) {
	load := func(text string) (string, int, int) {
		a := &app{home: t.TempDir()}
		if err := os.WriteFile(filepath.Join(a.home, configFile), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		cfg, err := a.loadConfig(nil)
		if err != nil {
			return err.Error(), 0, 0
		}
		return "", cfg.Limits.Connections, cfg.Limits.AnswerPercent
	}
	if said, connections, percent := load("[limits]\nconnections = 50\n"); said != "" || connections != 50 || percent != 16 {
		t.Errorf("%q, %d connections, %d percent", said, connections, percent)
	}
	for text, want := range map[string]string{
		"connections = 3":      "limits.connections is 3: 16 to 10000 expected",
		`connections = "many"`: "limits.connections is \"many\", whole number expected", "anything = 3": `unknown setting "limits.anything"`,
		"catch_up_streams = 1": "not more for one than for all",
	} {
		if said, _, _ := load("[limits]\n" + text); !strings.Contains(said, want) {
			t.Errorf("%s: %q", text, said)
		}
	}
	t.Setenv("COURTCIRCUIT_LIMITS_CONNECTIONS", "60")
	t.Setenv("COURTCIRCUIT_LIMITS_ANSWER_PERCENT", "5")
	if said, connections, percent := load("[limits]\nconnections = 50\n"); said != "" || connections != 60 || percent != 5 {
		t.Errorf("environment: %q, %d connections, %d percent", said, connections, percent)
	}
}
