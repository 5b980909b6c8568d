package main

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/BurntSushi/toml"

	"courtcircuit/node/card"
	"courtcircuit/store"
)

// problemMakers are the functions by which the packages below the command line
// make problems for people, and the fields they fill.
var (
	problemMakers = []string{"invalid", "conflict", "forbidden", "unavailable", "fieldf", "fileProblem", "lineProblem", "well", "warned", "wrong"}
	problemFields = []string{"Detail", "Expected", "NextStep"}
)

// untranslated are pieces without a sentence of their own.
var untranslated = []string{"%s", "%v", "%s: %s", " or none", ", so ", " is not possible", "the mission is ", "the secret of ", "several places are called ",
	"mission, day, hour or month", "%d to %d characters, got %d", "; ", ", ", ": ", " ", " or "}

// Every sentence that a node can answer to a person is in the French
// catalogue.
func TestProblemsAreTranslated(t *testing.T) {
	var catalogue map[string]string
	if _, err := toml.DecodeFile("locale/problems.fr.toml", &catalogue); err != nil {
		t.Fatal(err)
	}
	for english, french := range catalogue {
		if a, b := len(verb.FindAllString(english, -1)), len(verb.FindAllString(french, -1)); a != b {
			t.Errorf("%q has %d values, its French %d", english, a, b)
		}
		if strings.Contains(verb.ReplaceAllString(english+french, ""), "%") {
			t.Errorf("%q or its French has a %% that is no value", english)
		}
	}
	found := 0
	for _, dir := range []string{"node", "node/card", "node/httpapi", "protocol"} {
		files, err := filepath.Glob(filepath.Join("../..", dir, "*.go"))
		if err != nil || len(files) == 0 {
			t.Fatal(dir, err)
		}
		for _, file := range files {
			if strings.HasSuffix(file, "_test.go") {
				continue
			}
			for _, sentence := range sentencesIn(t, file) {
				found++
				if _, ok := catalogue[sentence]; !ok && !slices.Contains(untranslated, sentence) {
					t.Errorf("%s: %q is not in locale/problems.fr.toml", file, sentence)
				}
			}
		}
	}
	if found < 150 {
		t.Errorf("only %d sentences found: the search no longer fits the code", found)
	}
}

// sentencesIn lists the texts of several words that a file gives to problems.
func sentencesIn(t *testing.T, file string) (out []string) {
	t.Helper()
	tree, err := parser.ParseFile(token.NewFileSet(), file, nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	texts := func(e ast.Expr) {
		ast.Inspect(e, func(n ast.Node) bool {
			if lit, ok := n.(*ast.BasicLit); ok && lit.Kind == token.STRING {
				if s, err := strconv.Unquote(lit.Value); err == nil && strings.ContainsAny(s, " %") {
					out = append(out, s)
				}
			}
			return true
		})
	}
	ast.Inspect(tree, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.CallExpr:
			name, ok := n.Fun.(*ast.Ident)
			if !ok || !slices.Contains(problemMakers, name.Name) {
				return true
			}
			for i, arg := range n.Args {
				if i > 0 || name.Name != "invalid" && name.Name != "fieldf" { // their first argument is a field
					texts(arg)
				}
			}
		case *ast.KeyValueExpr:
			if key, ok := n.Key.(*ast.Ident); ok && slices.Contains(problemFields, key.Name) {
				texts(n.Value)
			}
		case *ast.AssignStmt: // c.State, c.Detail = …, …
			for i, left := range n.Lhs {
				if field, ok := left.(*ast.SelectorExpr); ok && len(n.Lhs) == len(n.Rhs) && slices.Contains(problemFields, field.Sel.Name) {
					texts(n.Rhs[i])
				}
			}
		}
		return true
	})
	return out
}

func TestProblemText(t *testing.T) {
	p := &card.Problem{Cause: card.Invalid, Field: "place", Detail: `no place is called "Nulle"`, Expected: "at most 7 bytes"}
	for lang, want := range map[string]string{
		"fr": `place: aucun lieu ne s'appelle "Nulle" (attendu : au plus 7 octets)`,
		"en": `place: no place is called "Nulle" (expected at most 7 bytes)`,
	} {
		a := &app{lang: lang, words: newWords(lang)}
		if got := a.problemText(p); got != want {
			t.Errorf("%s: %q", lang, got)
		}
	}
	a := &app{lang: "fr"}
	for english, want := range map[string]string{
		"0 connected": "aucun connecté", "1 connected": "1 connecté", "2 connected": "2 connectés",
		"1 peer has the same hour, or the next one":                                    "1 pair a la même heure, ou la suivante",
		"3 peers have the same hour, or the next one":                                  "3 pairs ont la même heure, ou la suivante",
		"peers with another hour: 3 of 6; the last one differed by +3 h":               "pairs à une autre heure : 3 sur 6 ; l'écart du dernier était de +3 h",
		"the backup is damaged: the text is not UTF-8":                                 "la sauvegarde est abîmée : le texte n'est pas en UTF-8",                      // a cause is translated
		"Mort does not answer: failed to dial: failed to dial 12D3: no good addresses": "Mort ne répond pas : failed to dial: failed to dial 12D3: no good addresses", // "%d to %d" is of numbers
		`"a word" is no id`: `"a word" n'est pas un identifiant`, // what a person typed is not
	} {
		if got := a.inLanguage(english); got != want {
			t.Errorf("%q became %q, not %q", english, got, want)
		}
	}
	locked := fmt.Errorf("open store: %w: /home/node is held by process 7", store.ErrLocked)
	if got := a.problemText(locked); got != "la base est déjà ouverte : /home/node est tenu par le processus 7" {
		t.Errorf("an error that is no problem became %q", got)
	}
	if got := a.inLanguage("nobody ever wrote this"); got != "nobody ever wrote this" {
		t.Errorf("an unknown sentence became %q", got)
	}
}
