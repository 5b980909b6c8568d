package courtcircuit

import (
	"os"
	"os/exec"
	"strings"
	"testing"
)

// Every module linked into the program stands with its licence in
// node/licences.txt, which `version --licenses` shows, and no other.
func TestLicencesAreComplete(t *testing.T) {
	out, err := exec.Command("go", "list", "-deps", "-f", "{{with .Module}}{{if not .Main}}{{.Path}}{{end}}{{end}}", "./cmd/courtcircuit").Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	linked := map[string]bool{}
	for _, module := range strings.Fields(string(out)) {
		linked[module] = true
	}
	text, err := os.ReadFile("node/licences.txt")
	if err != nil {
		t.Fatal(err)
	}
	listed := map[string]bool{}
	for _, line := range strings.Split(strings.TrimSpace(string(text)), "\n") {
		module, licence, ok := strings.Cut(line, " ")
		if !ok || licence == "" || strings.Contains(licence, "?") {
			t.Errorf("%q: expected a module and its licence", line)
		}
		listed[module] = true
	}
	for module := range linked {
		if !listed[module] {
			t.Errorf("%s is linked, but its licence is not listed", module)
		}
	}
	if len(linked) < 50 {
		t.Errorf("only %d modules found: the listing is broken", len(linked))
	}
}
