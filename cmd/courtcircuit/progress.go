package main

import (
	"fmt"
	"time"

	"github.com/schollz/progressbar/v3"
)

// progress shows how far long work is, on a terminal only.
type progress struct {
	bar  *progressbar.ProgressBar
	text string
	app  *app
}

// progressBar starts one for total steps; 0: not known yet.
func (a *app) progressBar(total int, text string) *progress {
	p := &progress{text: text, app: a}
	if onTerminal(a.err) && !a.json && total != 1 {
		p.start(total)
	}
	return p
}

func (p *progress) start(total int) {
	p.bar = progressbar.NewOptions(max(total, 1), progressbar.OptionSetWriter(p.app.err), progressbar.OptionSetDescription(p.text),
		progressbar.OptionShowCount(), progressbar.OptionThrottle(100*time.Millisecond), progressbar.OptionSetRenderBlankState(true),
		progressbar.OptionOnCompletion(func() { fmt.Fprintln(p.app.err) }))
}

// counter shows work of which nobody knows how much it will be: how many steps
// are done, and how many of that unit a second.
func (a *app) counter(text, unit string) *progress {
	p := &progress{text: text, app: a}
	if onTerminal(a.err) && !a.json {
		p.bar = progressbar.NewOptions(-1, progressbar.OptionSetWriter(a.err), progressbar.OptionSetDescription(text), progressbar.OptionShowCount(),
			progressbar.OptionShowIts(), progressbar.OptionSetItsString(unit), progressbar.OptionThrottle(100*time.Millisecond), progressbar.OptionOnCompletion(func() { fmt.Fprintln(a.err) }))
	}
	return p
}

func (p *progress) set(done int) {
	if p != nil && p.bar != nil {
		_ = p.bar.Set(done)
	}
}

func (p *progress) setOf(done, total int) {
	if p.bar != nil {
		p.bar.ChangeMax(max(total, 1))
		_ = p.bar.Set(done)
	}
}

// stepOf shows work of which it was not known that it would come: what is
// said first begins the bar.
func (p *progress) stepOf(what string, done, total int) {
	if p.bar == nil && onTerminal(p.app.err) && !p.app.json {
		p.text = p.app.inLanguage(what)
		p.start(total)
	}
	p.setOf(done, total)
}

func (p *progress) end() {
	if p != nil && p.bar != nil {
		_ = p.bar.Finish()
	}
}
