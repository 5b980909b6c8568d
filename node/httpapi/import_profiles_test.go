package httpapi

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"courtcircuit/node/httpapi/api"
)

func importCall(body string) call {
	return call{method: "POST", path: "/api/v1/profiles/import", token: true, body: body, header: map[string]string{"Content-Type": linesType}}
}

func importResults(t *testing.T, body io.Reader) []api.ImportResult {
	t.Helper()
	var results []api.ImportResult
	d := json.NewDecoder(body)
	for d.More() {
		var r api.ImportResult
		if err := d.Decode(&r); err != nil {
			t.Fatal(err)
		}
		results = append(results, r)
	}
	return results
}

func importLineOf(name, place, ref string) string {
	return fmt.Sprintf(`{"ref":%q,"profile":{"name":%q,"place":%q}}`+"\n", ref, name, place)
}

func TestImportAnswersEveryLineInOrder(t *testing.T) {
	a, node := newTestAPI(t, func(c *Config) { c.ImportBatch = 3 })
	body := importLineOf("A", "Toulouse", "1") + "\n" + "{not json\n" + importLineOf("B", "Saint-Denis", "2") +
		`{"profile":{"name":"C","place":"Lyon","rate":5}}` + "\n" + importLineOf("D", "Lyon", "1") + `{"profile":{"place":"Lyon"}}`
	w := importCall(body).do(t, a)
	if w.Code != http.StatusOK || w.Header().Get("Content-Type") != linesType {
		t.Fatal(w.Code, w.Body)
	}
	var got []string
	for _, r := range importResults(t, w.Body) {
		line := fmt.Sprintf("%d", r.Line)
		if r.Problem != nil {
			line += " " + r.Problem.Field + " " + string(r.Problem.Cause)
		} else {
			line += fmt.Sprintf(" %s %t", r.Name, r.Created)
		}
		got = append(got, line)
	}
	want := []string{"1 A true", "3 line refused", "4 place ambiguous", "5 rate invalid", "6 D false", "7 name invalid"}
	if !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	if !slices.Equal(node.batches, []int{2, 1}) {
		t.Errorf("batches %v", node.batches)
	}
}

func TestImportBoundsAreSaid(t *testing.T) {
	a, _ := newTestAPI(t, func(c *Config) { c.MaxImportBytes, c.MaxBodyBytes = 1000, 200 })
	long := importLineOf("A", "Lyon", "1") + `{"profile":{"about":"` + strings.Repeat("x", 300) + `"}}` + "\n" + importLineOf("B", "Lyon", "2")
	results := importResults(t, importCall(long).do(t, a).Body)
	if len(results) != 2 || results[0].ID == "" || results[1].Line != 2 || results[1].Problem == nil || results[1].Problem.Status != 413 {
		t.Errorf("line too long: %+v", results)
	}
	if w := importCall(strings.Repeat(importLineOf("A", "Lyon", "1"), 30)).do(t, a); w.Code != http.StatusRequestEntityTooLarge {
		t.Errorf("announced too large: %d", w.Code)
	}
	// Without an announced length the bound holds while reading.
	r := httptest.NewRequest("POST", "http://"+testHost+"/api/v1/profiles/import", io.MultiReader(strings.NewReader(strings.Repeat(importLineOf("A", "Lyon", "1"), 30))))
	r.Header.Set("Authorization", "Bearer "+testToken)
	r.ContentLength = -1
	w := httptest.NewRecorder()
	a.ServeHTTP(w, r)
	results = importResults(t, w.Body)
	if last := results[len(results)-1]; last.Problem == nil || last.Problem.Status != 413 || results[0].ID == "" {
		t.Errorf("last of %d: %+v", len(results), last)
	}
}

func TestImportNeedsTheTokenAndItsMediaType(t *testing.T) {
	a, _ := newTestAPI(t)
	c := importCall(importLineOf("A", "Lyon", "1"))
	c.token = false
	if w := c.do(t, a); w.Code != http.StatusUnauthorized {
		t.Errorf("no token: %d", w.Code)
	}
	c = importCall("[]")
	c.header["Content-Type"] = "application/json"
	if w := c.do(t, a); w.Code != http.StatusUnsupportedMediaType {
		t.Errorf("media type: %d", w.Code)
	}
}

// TestImportAnswersWhileLinesCome: over a real connection the results of the
// first batch arrive before the second is sent.
func TestImportAnswersWhileLinesCome(t *testing.T) {
	a, _ := newTestAPI(t, func(c *Config) { c.ImportBatch = 2 })
	server := httptest.NewServer(nil)
	defer server.Close()
	a.hosts[strings.TrimPrefix(server.URL, "http://")] = true
	server.Config.Handler = a
	lines, send := io.Pipe()
	r, err := http.NewRequest("POST", server.URL+"/api/v1/profiles/import", lines)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", linesType)
	r.Header.Set("Authorization", "Bearer "+testToken)
	first := importLineOf("A", "Lyon", "1") + importLineOf("B", "Lyon", "2")
	go io.WriteString(send, first) //nolint:errcheck // the reader decides
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	results := bufio.NewScanner(answer.Body)
	for range 2 {
		if !results.Scan() {
			t.Fatal("no result before the end of the lines", results.Err())
		}
	}
	if _, err := io.WriteString(send, importLineOf("C", "Lyon", "3")); err != nil {
		t.Fatal(err)
	}
	send.Close()
	if !results.Scan() || !strings.Contains(results.Text(), `"line":3`) {
		t.Fatalf("third result: %q %v", results.Text(), results.Err())
	}
}

// FuzzImportLine: a line is either refused with a field or is a card that
// the strict reading of it gives again.
func FuzzImportLine(f *testing.F) {
	a, err := New(testConfig(), newFakeNode(), nil)
	if err != nil {
		f.Fatal(err)
	}
	im := a.newImporter(httptest.NewRecorder())
	f.Fuzz(func(t *testing.T, line []byte) {
		item, problem := im.parseLine(line)
		if problem != nil {
			if problem.Field == "" || problem.Expected == "" {
				t.Fatalf("%q: %+v", line, problem)
			}
			return
		}
		again, err := json.Marshal(item)
		if err != nil {
			t.Fatal(err)
		}
		if _, problem := im.parseLine(again); problem != nil {
			t.Fatalf("%q was read as %s, which is refused: %+v", line, again, problem)
		}
	})
}
