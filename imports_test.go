package courtcircuit

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// importRule says what the packages below a path may import directly, beside
// the standard library and one another, and what must not be linked into them
// by any way.
type importRule struct {
	path   string
	direct []string // prefixes
	never  []string // prefixes, transitively
	deny   []string // directly, the standard library included
}

var importRules = []importRule{
	{
		path: "courtcircuit/protocol",
		direct: []string{
			"github.com/libp2p/go-libp2p/core/crypto", "github.com/libp2p/go-libp2p/core/peer",
			"github.com/fxamacker/cbor", "github.com/oasisprotocol/curve25519-voi", "github.com/golang/geo/s2", "golang.org/x/text",
		},
		never: []string{"github.com/dgraph-io", "github.com/libp2p/go-libp2p-pubsub", "github.com/libp2p/go-libp2p/core/host", "courtcircuit/store", "courtcircuit/node"},
	},
	{
		// It knows files and no record, so that the inbox may use it, too.
		path: filesOfDatabases, direct: []string{"github.com/dgraph-io/badger", "golang.org/x"},
		never: []string{"courtcircuit/protocol"},
	},
	{
		path: "courtcircuit/store",
		direct: []string{
			"courtcircuit/protocol", "github.com/dgraph-io/badger", "github.com/golang/geo", "github.com/RoaringBitmap/roaring", "golang.org/x",
		},
		never: []string{"github.com/libp2p/go-libp2p-pubsub", "github.com/libp2p/go-libp2p/core/host", "courtcircuit/node"},
		deny:  []string{"net/http"},
	},
	{
		path:   "courtcircuit/node/httpapi",
		direct: []string{"courtcircuit/protocol", "courtcircuit/node/card", "github.com/danielgtaylor/huma", "golang.org/x"},
		never:  hidden,
	},
	{
		path: "courtcircuit/node/web",
		direct: []string{
			"courtcircuit/protocol", "courtcircuit/node/access", "courtcircuit/node/card", "courtcircuit/node/french", "courtcircuit/node/httpapi/api",
			"github.com/klauspost/compress", "github.com/skip2/go-qrcode", "golang.org/x",
		},
		never: hidden,
	},
	{
		path:   "courtcircuit/node/access",
		direct: []string{"github.com/go-webauthn/webauthn", "github.com/descope/virtualwebauthn", "golang.org/x"},
		never:  append([]string{"courtcircuit/protocol"}, hidden...),
	},
	{
		path:   "courtcircuit/node/notify",
		direct: []string{"github.com/wneessen/go-mail", "golang.org/x"},
		never:  append([]string{"courtcircuit/protocol"}, hidden...),
	},
	{
		path:  "courtcircuit/node/delivery",
		never: []string{"courtcircuit/store", "github.com/libp2p/go-libp2p-pubsub", "courtcircuit/node/web"},
		deny:  []string{"net/http"},
	},
	{
		path:   "courtcircuit/node/card",
		direct: []string{"courtcircuit/protocol", "golang.org/x"},
		never:  hidden,
	},
	{
		path:   "courtcircuit/node/places",
		direct: []string{"github.com/golang/geo", "github.com/klauspost/compress", "google.golang.org/protobuf", "golang.org/x"},
		never:  append([]string{"courtcircuit/protocol"}, hidden...),
	},
	{path: "courtcircuit/node/french", direct: []string{}},
	{path: "courtcircuit/node", never: []string{"courtcircuit/cmd"}},
	{
		path:  "courtcircuit/cmd",
		never: []string{},
	},
}

// filesOfDatabases is below store because the store needed it first; who must
// not know the replica may know it.
const filesOfDatabases = "courtcircuit/store/dbfiles"

// hidden is what the doors for people never see: the database, the host and
// the daemon behind them.
var hidden = []string{"github.com/dgraph-io", "github.com/libp2p/go-libp2p/core/host", "github.com/libp2p/go-libp2p-pubsub", "courtcircuit/store"}

type listedPackage struct {
	ImportPath string
	Imports    []string
	Deps       []string
	Standard   bool
}

func TestImportRule(t *testing.T) {
	packages := listPackages(t)
	for _, rule := range importRules {
		if !slices.ContainsFunc(packages, func(p listedPackage) bool { return below(p.ImportPath, rule.path) }) {
			t.Errorf("the rule for %s guards no package", rule.path)
		}
	}
	for _, p := range packages {
		for _, fault := range faultsOf(p) {
			t.Error(fault)
		}
	}
}

// faultsOf compares a package with the rules for its path.
func faultsOf(p listedPackage) (faults []string) {
	for _, rule := range importRules {
		if !below(p.ImportPath, rule.path) {
			continue
		}
		for _, dep := range p.Deps {
			if startsWithAny(dep, rule.never) && !below(dep, filesOfDatabases) {
				faults = append(faults, p.ImportPath+" must never be linked with "+dep)
			}
		}
		for _, imp := range p.Imports {
			standard := !strings.Contains(strings.Split(imp, "/")[0], ".") && !below(imp, "courtcircuit")
			if startsWithAny(imp, rule.deny) {
				faults = append(faults, p.ImportPath+" must not import "+imp)
			}
			if rule.direct != nil && !standard && !below(imp, rule.path) && !startsWithAny(imp, rule.direct) {
				faults = append(faults, p.ImportPath+" must not import "+imp)
			}
		}
	}
	return faults
}

// The rule itself is tested with packages that break it.
func TestImportRuleBites(t *testing.T) {
	broken := []listedPackage{
		{ImportPath: "courtcircuit/protocol", Imports: []string{"github.com/dgraph-io/badger/v4"}},
		{ImportPath: "courtcircuit/protocol/reconcile", Deps: []string{"courtcircuit/store"}},
		{ImportPath: "courtcircuit/store", Imports: []string{"net/http"}},
		{ImportPath: "courtcircuit/store", Imports: []string{"github.com/libp2p/go-libp2p"}},
		{ImportPath: "courtcircuit/node/httpapi", Deps: []string{"github.com/dgraph-io/badger/v4"}},
		{ImportPath: "courtcircuit/node/web", Imports: []string{"courtcircuit/node"}},
	}
	for _, p := range broken {
		if len(faultsOf(p)) == 0 {
			t.Errorf("%+v was let through", p)
		}
	}
	fine := listedPackage{ImportPath: "courtcircuit/store", Imports: []string{"context", "courtcircuit/protocol", "courtcircuit/store/idtree"}}
	if faults := faultsOf(fine); len(faults) > 0 {
		t.Error(faults)
	}
}

func below(path, parent string) bool { return path == parent || strings.HasPrefix(path, parent+"/") }

func startsWithAny(path string, prefixes []string) bool {
	return slices.ContainsFunc(prefixes, func(p string) bool { return below(path, p) })
}

func listPackages(t *testing.T) (packages []listedPackage) {
	t.Helper()
	out, err := exec.Command("go", "list", "-deps=false", "-json=ImportPath,Imports,Deps,Standard", "./...").Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	for d := json.NewDecoder(bytes.NewReader(out)); ; {
		var p listedPackage
		if err := d.Decode(&p); errors.Is(err, io.EOF) {
			return packages
		} else if err != nil {
			t.Fatal(err)
		}
		packages = append(packages, p)
	}
}
