package node

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

var (
	metricWord   = regexp.MustCompile(`[a-z_][a-z0-9_]*`)
	queryLabels  = regexp.MustCompile(`\{[^}]*\}|\[[^\]]*\]|by \([^)]*\)`)
	queryKeyword = []string{"sum", "rate", "time", "increase", "max", "min"}
)

// Every query of the dashboard names metrics that a running node has: also
// those that are counted for the first time later, which Prometheus shows
// only then, so the descriptions are looked at beside what /metrics says.
func TestDashboardNamesWhatIsExported(t *testing.T) {
	n, _ := runNode(t, loopConfig(t, t.TempDir()))
	page := httptest.NewServer(promhttp.HandlerFor(n.Metrics(), promhttp.HandlerOpts{}))
	defer page.Close()
	answer, err := http.Get(page.URL)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	shown, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	known := map[string]bool{}
	for _, word := range metricWord.FindAllString(string(shown), -1) {
		known[word] = true
	}
	for _, name := range describedMetrics(n.Metrics()) {
		known[name] = true
	}
	queries := dashboardQueries(t)
	if len(queries) < 20 {
		t.Fatalf("%d queries read", len(queries))
	}
	for _, q := range queries {
		named := 0
		for _, word := range metricWord.FindAllString(queryLabels.ReplaceAllString(q, ""), -1) {
			if slices.Contains(queryKeyword, word) || !strings.Contains(word, "_") {
				continue
			}
			named++
			if !known[word] {
				t.Errorf("%s: no metric %s", q, word)
			}
		}
		if named == 0 {
			t.Errorf("%s names no metric", q)
		}
	}
}

// describedMetrics are the names of all collectors, those without a sample too.
func describedMetrics(r *prometheus.Registry) (names []string) {
	descriptions := make(chan *prometheus.Desc)
	go func() { defer close(descriptions); r.Describe(descriptions) }()
	name := regexp.MustCompile(`fqName: "([^"]+)"`)
	for d := range descriptions {
		names = append(names, name.FindStringSubmatch(d.String())[1])
	}
	return names
}

func dashboardQueries(t *testing.T) (queries []string) {
	t.Helper()
	data, err := os.ReadFile("../docs/grafana.json")
	if err != nil {
		t.Fatal(err)
	}
	var d struct {
		Panels []struct{ Targets []struct{ Expr string } }
	}
	if err := json.Unmarshal(data, &d); err != nil {
		t.Fatal(err)
	}
	for _, p := range d.Panels {
		for _, target := range p.Targets {
			queries = append(queries, target.Expr)
		}
	}
	return queries
}
