package main

import (
	"fmt"
	"strconv"

	"github.com/rogpeppe/go-internal/testscript"
)

// cmdWalk pages through a search by the command line: every person of the
// crowd must come exactly once. With -during, the people of a file are
// published at another node after the first page, and somebody of the crowd
// publishes a new version after every page.
//
//	walk [-during FILE -at NAME] NAME LIMIT SKILL CROWD
func cmdWalk(ts *testscript.TestScript, neg bool, args []string) {
	var during, at string
	if len(args) > 4 && args[0] == "-during" && args[2] == "-at" {
		during, at, args = args[1], args[3], args[4:]
	}
	wantArgs(ts, neg, args, 4, "walk [-during FILE -at NAME] NAME LIMIT SKILL CROWD")
	crowd, err := strconv.Atoi(args[3])
	ts.Check(err)
	seen := map[string]int{}
	cursor, pages := "", 0
	for {
		search := []string{"--home", args[0], "search", "--near", "Toulouse", "--skill", args[2], "--words", "personne", "--limit", args[1], "--json"}
		if cursor != "" {
			search = append(search, "--cursor", cursor)
		}
		ts.Check(ts.Exec("courtcircuit", search...))
		answer := ts.ReadFile("stdout")
		names := namesOf(ts, answer)
		for _, name := range names {
			seen[name]++
		}
		pages++
		if cursor, err = lookUp(answer, "next_cursor"); err != nil {
			break
		}
		if during != "" {
			changeUnderway(ts, args[0], at, during, pages, answer)
		}
	}
	for i := range crowd {
		name := fmt.Sprintf("Personne %d", i)
		if seen[name] != 1 {
			ts.Fatalf("%s came %d times in %d pages", name, seen[name], pages)
		}
	}
	if pages < 3 {
		ts.Fatalf("only %d pages: nothing was shown", pages)
	}
	ts.Logf("%d pages, %d people", pages, len(seen))
}

func namesOf(ts *testscript.TestScript, answer string) []string {
	count, err := lookUp(answer, "results.len")
	ts.Check(err)
	n, err := strconv.Atoi(count)
	ts.Check(err)
	names := make([]string, n)
	for i := range names {
		names[i], err = lookUp(answer, fmt.Sprintf("results.%d.name", i))
		ts.Check(err)
	}
	return names
}

// changeUnderway lets records arrive between two pages and waits until they
// are at the node that is asked.
func changeUnderway(ts *testscript.TestScript, asked, at, file string, page int, answer string) {
	if page == 1 {
		ts.Check(ts.Exec("courtcircuit", "--home", at, "profile", "add", file, "--json", "--secrets", "walk-secrets.csv"))
	} else {
		id, err := lookUp(answer, "results.0.id")
		ts.Check(err)
		ts.Check(ts.Exec("courtcircuit", "--home", at, "profile", "confirm", id))
	}
	cmdAwaitEqual(ts, false, []string{asked, at})
}
