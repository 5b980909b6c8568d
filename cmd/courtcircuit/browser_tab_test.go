//go:build browser

package main

import (
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-rod/rod"
	"github.com/go-rod/rod/lib/launcher"
	"github.com/go-rod/rod/lib/launcher/flags"
	"github.com/go-rod/rod/lib/proto"
)

// browserBound is how long a tab may take for all that a test asks of it.
// Passing it is a failure, never a way to pass.
const browserBound = 3 * time.Minute

// shotsVariable names a folder for pictures of every page that the tests
// open, for people to look at.
const shotsVariable = "BROWSER_SHOTS"

// openBrowser starts Chromium with a profile of its own. A machine without it
// fails: a browser test that skips looks green.
func openBrowser(t *testing.T) *rod.Browser {
	t.Helper()
	path, ok := launcher.LookPath()
	if found, err := exec.LookPath("chromium"); err == nil {
		path, ok = found, true
	}
	if !ok {
		t.Fatal("no Chromium on this machine; on Debian: apt-get install chromium")
	}
	l := launcher.New().Bin(path).Leakless(false).Headless(true).NoSandbox(true).UserDataDir(scratchDir(t))
	for _, flag := range []string{"disable-gpu", "disable-quic", "no-first-run", "disable-background-networking", "disable-component-update", "disable-sync"} {
		l = l.Set(flags.Flag(flag))
	}
	control, err := l.Launch()
	if err != nil {
		t.Fatalf("start %s: %v", path, err)
	}
	b := rod.New().ControlURL(control).Context(t.Context())
	if err := b.Connect(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		l.Kill()
		l.Cleanup()
	})
	return b
}

// screen is what a reader looks through.
type screen struct {
	name          string
	width, height int
	mobile        bool
}

var (
	phone   = screen{"phone", 360, 740, true}
	desktop = screen{"desktop", 1440, 900, false}
)

// reader is a person with a browser.
type reader struct {
	screen screen
	scheme string // light or dark
	lang   string // fr or en
	plain  bool   // scripts are switched off
}

func (r reader) String() string { return r.lang + "-" + r.screen.name + "-" + r.scheme }

// tab is a page that watches what it must not do: ask another host for
// anything, throw, open a dialog, or meet its own content policy.
type tab struct {
	*rod.Page           // all steps together within browserBound
	whole     *rod.Page // without that bound, to say what was there
	t         *testing.T

	agent string
	*tabFaults
}

// tabFaults is what the watching of a tab has found.
type tabFaults struct {
	mu     sync.Mutex
	faults []string
	bytes  map[string]float64 // as they came over the wire, by address
	asked  map[proto.NetworkRequestID]string
}

// become gives the tab another screen, scheme and language.
func (v *tab) become(r reader) {
	v.t.Helper()
	v.must(proto.EmulationSetDeviceMetricsOverride{Width: r.screen.width, Height: r.screen.height, DeviceScaleFactor: 1, Mobile: r.screen.mobile}.Call(v.whole))
	v.must(proto.EmulationSetEmulatedMedia{Features: []*proto.EmulationMediaFeature{
		{Name: "prefers-color-scheme", Value: r.scheme}, {Name: "prefers-reduced-motion", Value: "reduce"},
	}}.Call(v.whole))
	v.must(proto.NetworkSetUserAgentOverride{UserAgent: v.agent, AcceptLanguage: r.lang}.Call(v.whole))
}

// as is the same tab with its cookies for another reader and test, with a
// bound of its own.
func (v *tab) as(t *testing.T, r reader) *tab {
	t.Helper()
	next := &tab{Page: v.whole.Timeout(browserBound), whole: v.whole, t: t, agent: v.agent, tabFaults: v.tabFaults}
	next.become(r)
	return next
}

func openTab(t *testing.T, b *rod.Browser, r reader) *tab {
	t.Helper()
	// A context of its own: no cookie of another reader.
	alone, err := b.Incognito()
	if err != nil {
		t.Fatal(err)
	}
	p, err := alone.Page(proto.TargetCreateTarget{URL: "about:blank"})
	if err != nil {
		t.Fatal(err)
	}
	version, err := b.Version()
	if err != nil {
		t.Fatal(err)
	}
	v := &tab{Page: p.Timeout(browserBound), whole: p, t: t, agent: version.UserAgent, tabFaults: &tabFaults{bytes: map[string]float64{}, asked: map[proto.NetworkRequestID]string{}}}
	v.must(proto.NetworkEnable{}.Call(p))
	v.become(r)
	if r.plain {
		// No page carries a script of its own, so without these files there
		// is none. Switching scripts off altogether would blind the test too.
		v.must(proto.NetworkSetBlockedURLs{Urls: []string{"*.js"}}.Call(p))
	}
	v.watch(p)
	t.Cleanup(func() {
		v.mu.Lock()
		defer v.mu.Unlock()
		for _, fault := range v.faults {
			t.Errorf("%s: %s", r, fault)
		}
	})
	return v
}

func (v *tab) must(err error) {
	v.t.Helper()
	if err != nil {
		v.t.Fatal(err)
	}
}

func (v *tab) fault(format string, args ...any) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.faults = append(v.faults, fmt.Sprintf(format, args...))
}

func (v *tab) watch(p *rod.Page) {
	wait := p.EachEvent(
		func(e *proto.NetworkRequestWillBeSent) {
			if u, err := url.Parse(e.Request.URL); err != nil || !isLocal(u) {
				v.fault("the page asked %s", e.Request.URL)
			}
			v.mu.Lock()
			v.asked[e.RequestID] = e.Request.URL
			v.mu.Unlock()
		},
		func(e *proto.NetworkLoadingFinished) {
			v.mu.Lock()
			v.bytes[v.asked[e.RequestID]] += e.EncodedDataLength
			v.mu.Unlock()
		},
		func(e *proto.RuntimeExceptionThrown) { v.fault("a script threw: %s", e.ExceptionDetails.Text) },
		func(e *proto.PageJavascriptDialogOpening) { v.fault("a dialog opened: %s", e.Message) },
		func(e *proto.LogEntryAdded) {
			if e.Entry.Source == proto.LogLogEntrySourceSecurity || strings.Contains(e.Entry.Text, "Content Security Policy") {
				v.fault("the content policy was met: %s", e.Entry.Text)
			}
		},
	)
	go wait() // ends with the page's context
}

func isLocal(u *url.URL) bool {
	return u.Scheme == "data" || u.Scheme == "about" || u.Scheme == "blob" || slices.Contains([]string{"127.0.0.1", "localhost"}, u.Hostname())
}

// open goes to an address and waits until the page has loaded.
func (v *tab) open(address string) {
	v.t.Helper()
	if err := v.Navigate(address); err != nil {
		v.t.Fatalf("open %s: %v", address, err)
	}
	v.loaded()
}

func (v *tab) loaded() {
	v.t.Helper()
	v.must(v.WaitLoad())
}

// see waits for an element that matches the selector and whose text contains
// the words, if any.
func (v *tab) see(selector, words string) *rod.Element {
	v.t.Helper()
	find := func() (*rod.Element, error) { return v.ElementR(selector, literal(words)) }
	if words == "" {
		find = func() (*rod.Element, error) { return v.Element(selector) }
	}
	e, err := find()
	if err != nil {
		seen := "nothing"
		if body, err := v.whole.Element("body"); err == nil {
			seen, _ = body.Text()
		}
		v.t.Fatalf("no %s with %q on %s: %v; the page says:\n%s", selector, words, v.address(), err, shorten(seen))
	}
	return e
}

func (v *tab) address() string {
	info, err := v.whole.Info()
	if err != nil {
		return err.Error()
	}
	return info.URL
}

// follow clicks a link and waits for the page behind it.
func (v *tab) follow(e *rod.Element) {
	v.t.Helper()
	wait := v.WaitNavigation(proto.PageLifecycleEventNameLoad)
	v.must(e.Click(proto.InputMouseButtonLeft, 1))
	wait()
}

// fill replaces what stands in a field.
func (v *tab) fill(selector, text string) {
	v.t.Helper()
	e, err := v.Element(selector)
	if err != nil {
		v.t.Fatalf("no field %s on %s: %v", selector, v.address(), err)
	}
	v.must(e.SelectAllText())
	v.must(e.Input(text))
}

// texts are those of all elements that match now.
func (v *tab) texts(selector string) (out []string) {
	v.t.Helper()
	all, err := v.Elements(selector)
	v.must(err)
	for _, e := range all {
		text, err := e.Text()
		v.must(err)
		out = append(out, text)
	}
	return out
}

// shoot keeps a picture of the whole page, if somebody wants to look.
func (v *tab) shoot(name string) {
	v.t.Helper()
	dir := os.Getenv(shotsVariable)
	if dir == "" {
		return
	}
	png, err := v.Screenshot(true, nil)
	v.must(err)
	v.must(os.MkdirAll(dir, 0o700))
	v.must(os.WriteFile(filepath.Join(dir, strings.NewReplacer("/", "_", "?", "_").Replace(name)+".png"), png, 0o600))
}

// wireBytes is how much the page and all it loaded weighed on the wire.
func (v *tab) wireBytes() (total float64) {
	v.mu.Lock()
	defer v.mu.Unlock()
	for address, n := range v.bytes {
		if !strings.Contains(address, "/events") {
			total += n
		}
	}
	return total
}

// click presses a box, a choice or a link that leads nowhere else.
func (v *tab) click(selector string) {
	v.t.Helper()
	e, err := v.Element(selector)
	if err != nil {
		v.t.Fatalf("no %s on %s: %v", selector, v.address(), err)
	}
	v.must(e.Click(proto.InputMouseButtonLeft, 1))
}

// send presses the first button of a form and waits for the page behind it.
func (v *tab) send(form string) {
	v.t.Helper()
	e, err := v.Element(form + " button.button")
	if err != nil {
		v.t.Fatalf("no button in %s on %s: %v; the page says:\n%s", form, v.address(), err, shorten(v.text("body")))
	}
	v.follow(e)
}

// button is the one of a form that does something by name.
func (v *tab) button(form, do string) *rod.Element {
	v.t.Helper()
	e, err := v.Element(form + " button[name=do][value=" + do + "]:not(.visually-hidden)")
	if err != nil {
		v.t.Fatalf("no button %q in %s on %s: %v; the page says:\n%s", do, form, v.address(), err, shorten(v.text("body")))
	}
	return e
}

func (v *tab) text(selector string) string {
	v.t.Helper()
	e, err := v.whole.Element(selector)
	v.must(err)
	text, err := e.Text()
	v.must(err)
	return text
}

// status is what an address answers to this browser, cookies and all.
func (v *tab) status(address string) int {
	v.t.Helper()
	answer, err := v.Eval(`async (address) => (await fetch(address, {redirect: "manual"})).status`, address)
	v.must(err)
	return answer.Value.Int()
}

// forbidden wants 403 at each of the addresses.
func (v *tab) forbidden(page string, paths ...string) {
	v.t.Helper()
	for _, path := range paths {
		if status := v.status(page + path); status != 403 {
			v.t.Errorf("%s answers %d to somebody it is not for, 403 expected", path, status)
		}
	}
}

// coordinator enters the console with the link that the node printed, under
// that name when the page asks for one.
func (h *house) coordinator(t *testing.T, b *rod.Browser, r reader, name string) *tab {
	t.Helper()
	v := openTab(t, b, r)
	v.open(h.console)
	if found, _, err := v.Has("main form [name=name]"); err == nil && found {
		v.fill("main form [name=name]", name)
	}
	v.send("main form")
	return v
}
