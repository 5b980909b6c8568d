package main

import (
	"os"
	"path/filepath"
	"regexp"
	"testing"

	"github.com/BurntSushi/toml"
)

var messageUse = regexp.MustCompile(`a\.(?:t|say|note|field|command|group|secretLine)\((?:"[^"]*", )?"([a-z_]+\.[a-z_]+)"`)

// Every message that the code names exists in both languages, and both
// languages hold the same messages.
func TestMessagesExistInBothLanguages(t *testing.T) {
	en, fr := messages(t, "en"), messages(t, "fr")
	for id := range en {
		if _, ok := fr[id]; !ok {
			t.Errorf("%s is missing in French", id)
		}
	}
	for id := range fr {
		if _, ok := en[id]; !ok {
			t.Errorf("%s is missing in English", id)
		}
	}
	files, err := filepath.Glob("*.go")
	if err != nil || len(files) == 0 {
		t.Fatal(err, files)
	}
	used := 0
	for _, file := range files {
		source, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range messageUse.FindAllStringSubmatch(string(source), -1) {
			used++
			if _, ok := en[m[1]]; !ok {
				t.Errorf("%s uses %s, which no language has", file, m[1])
			}
		}
	}
	if used < 100 {
		t.Errorf("only %d uses found: the pattern no longer fits the code", used)
	}
}

func messages(t *testing.T, lang string) map[string]any {
	t.Helper()
	var m map[string]any
	if _, err := toml.DecodeFile("locale/"+lang+".toml", &m); err != nil {
		t.Fatal(err)
	}
	return m
}
