//go:build torture

package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"sync/atomic"
	"testing"

	"courtcircuit/node/card"
	"courtcircuit/node/httpapi/client"
)

// ledger is what the node has acknowledged, kept outside of it.
type ledger struct {
	mu       sync.Mutex
	profiles map[string]*promise // by id
	drafts   map[string]string   // title by id
	briefs   map[string]string   // the client's secret by title
	fresh    []string            // profiles since the last check
	next     int

	// dark is set just before a fault: an answer that comes later says nothing,
	// since after a real power cut none would come, while a file system that is
	// being shut down may still call a write synced that it drops.
	dark bool

	acknowledged atomic.Int64
	refused      atomic.Int64
}

// promise is what a profile must be. What was asked and not yet answered may
// be there or not.
type promise struct {
	headline, asked string
	gone, going     bool
	own             bool // its key lies with the victim
}

func newLedger() *ledger {
	return &ledger{profiles: map[string]*promise{}, drafts: map[string]string{}, briefs: map[string]string{}}
}

func (l *ledger) number() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.next++
	return l.next
}

func person(n int) card.Profile {
	places := []string{"Toulouse", "Lyon", "Bordeaux", "Nantes", "Lille", "Albi"}
	return card.Profile{
		Name: fmt.Sprintf("Personne %d", n), Headline: fmt.Sprintf("Métier %d", n), About: fmt.Sprintf("Parcours %d, long et varié.", n),
		Place: card.Place{Text: places[n%len(places)]}, Skills: []string{"graphisme", fmt.Sprintf("savoir %d", n)}, Languages: []string{"fr"},
	}
}

// load writes in all ways at once until ctx ends, and returns when nothing is
// under way any more. own says that v is the node whose keys are looked at.
func (l *ledger) load(ctx context.Context, v *victim, own bool) (wait func()) {
	var writers sync.WaitGroup
	calls := context.WithoutCancel(ctx) // what was asked is awaited: else the node does it after it was looked at
	write := func(step func(context.Context, *client.Client) error) {
		writers.Go(func() {
			for ctx.Err() == nil {
				if err := step(calls, v.client); err == nil {
					l.acknowledged.Add(1)
				} else if errors.Is(err, errDark) {
					return
				} else if l.refused.Add(1); isDown(err) {
					return
				}
			}
		})
	}
	write(func(ctx context.Context, c *client.Client) error { return l.publish(ctx, c, own) })
	write(func(ctx context.Context, c *client.Client) error { return l.publish(ctx, c, own) })
	if own {
		write(l.edit)
		write(l.post)
		write(l.deposit)
	}
	return writers.Wait
}

func (l *ledger) darken(dark bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.dark = dark
}

var errDark = errors.New("answered after the fault")

// keep notes what was answered, unless the fault came before the answer.
func (l *ledger) keep(note func()) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.dark {
		return errDark
	}
	note()
	return nil
}

// isDown: no answer that a node gave.
func isDown(err error) bool { return !errors.As(err, new(*card.Problem)) }

func (l *ledger) publish(ctx context.Context, c *client.Client, own bool) error {
	n := l.number()
	p := person(n)
	done, err := c.PublishProfile(ctx, p, fmt.Sprint("ref ", n))
	if err != nil {
		return err
	}
	return l.keep(func() {
		l.profiles[done.ID] = &promise{headline: p.Headline, own: own}
		l.fresh = append(l.fresh, done.ID)
	})
}

// edit changes one of the profiles of this node, or removes it. One goroutine
// alone does so: what two ask at once has no order.
func (l *ledger) edit(ctx context.Context, c *client.Client) error {
	l.mu.Lock()
	if len(l.fresh) == 0 {
		l.mu.Unlock()
		return l.post(ctx, c)
	}
	id := l.fresh[rand.IntN(len(l.fresh))]
	p := l.profiles[id]
	if !p.own || p.gone {
		l.mu.Unlock()
		return l.post(ctx, c)
	}
	remove := rand.IntN(8) == 0
	l.next++
	edited := person(l.next)
	// A removal that was cut off may have been stored, whatever is asked after it.
	p.asked, p.going = edited.Headline, p.going || remove
	l.mu.Unlock()
	var err error
	if remove {
		err = c.RemoveProfile(ctx, id)
	} else {
		_, err = c.ReplaceProfile(ctx, id, edited)
	}
	if err != nil {
		return err
	}
	return l.keep(func() {
		if remove {
			p.gone = true
		} else {
			p.headline, p.asked = edited.Headline, ""
		}
	})
}

func (l *ledger) post(ctx context.Context, c *client.Client) error {
	title := fmt.Sprintf("Mission %d", l.number())
	m, err := c.PostMission(ctx, card.Mission{Title: title, Place: card.Place{Text: "31000"}, Needs: []card.Need{{Skill: "graphisme"}}}, false)
	if err != nil {
		return err
	}
	return l.keep(func() { l.drafts[m.ID] = title })
}

func (l *ledger) deposit(ctx context.Context, c *client.Client) error {
	n := l.number()
	title := fmt.Sprintf("Demande %d", n)
	d, err := c.DepositBrief(ctx, card.BriefForm{
		Title: title, Description: "Un site et une identité pour notre atelier de menuiserie, assez simple.", Place: card.Place{Text: "Toulouse"},
		Contact: card.BriefContact{Name: "Cliente", Email: fmt.Sprintf("cliente%d@example.org", n)},
	}, fmt.Sprint("brief-key-", n))
	if err != nil {
		return err
	}
	return l.keep(func() { l.briefs[title] = d.Secret })
}

// check looks at what was acknowledged since the last check, or at everything:
// profiles in the replica, keys, drafts and briefs. What the peer acknowledged
// is looked at once both are equal.
func (l *ledger) check(t *testing.T, v *victim, everything, equal bool) {
	t.Helper()
	ctx := t.Context()
	keys, err := v.client.Keys(ctx)
	if err != nil {
		t.Fatal(err)
	}
	held := map[string]bool{}
	for _, k := range keys {
		held[k.ID] = true
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	look := l.fresh
	if everything {
		look = nil
		for id := range l.profiles {
			look = append(look, id)
		}
		slices.Sort(look)
	}
	for _, id := range look {
		if !l.profiles[id].own && !equal {
			continue // acknowledged by the peer; it comes by catch-up
		}
		if fault := l.profiles[id].compare(ctx, v.client, id, held); fault != "" {
			t.Errorf("acknowledged and lost: profile %s: %s", id, fault)
		}
	}
	for id, title := range l.drafts {
		if m, err := v.client.Mission(ctx, id); err != nil || m.Title != title {
			t.Errorf("acknowledged and lost: draft %s %q: %v", id, title, err)
		}
	}
	waiting, err := v.client.Briefs(ctx)
	if err != nil {
		t.Fatal(err)
	}
	for title, secret := range l.briefs {
		if _, err := v.client.FollowBrief(ctx, secret); err != nil {
			t.Errorf("acknowledged and lost: the client's link of %q: %v", title, err)
		}
		if !slices.ContainsFunc(waiting, func(b card.Brief) bool { return b.Title == title }) {
			t.Errorf("acknowledged and lost: %q", title)
		}
	}
	if t.Failed() {
		t.Fatalf("the node said:\n%s", v.said())
	}
	if equal {
		l.fresh = nil
	}
	if !everything { // they were looked at; the last check looks at a part again
		l.thin()
	}
}

// thin keeps the checks of many rounds from growing: what was found after its
// own fault is looked at again now and then only.
func (l *ledger) thin() {
	const most = 60
	for id := range l.drafts {
		if len(l.drafts) > most {
			delete(l.drafts, id)
		}
	}
	for title := range l.briefs {
		if len(l.briefs) > most {
			delete(l.briefs, title)
		}
	}
}

func (p *promise) compare(ctx context.Context, c *client.Client, id string, keys map[string]bool) string {
	got, err := c.Profile(ctx, id)
	var problem *card.Problem
	missing := errors.As(err, &problem) && (problem.Cause == card.Gone || problem.Cause == card.NotFound)
	switch {
	case err != nil && !missing:
		return err.Error()
	case p.gone && !missing:
		return "erased and there again"
	case missing && !p.gone && !p.going:
		return err.Error()
	case !missing && got.Headline != p.headline && got.Headline != p.asked:
		return fmt.Sprintf("headline %q, %q expected", got.Headline, p.headline)
	case p.own && !p.gone && !p.going && !keys[id]:
		return "its key is missing"
	}
	if !missing {
		p.headline, p.asked = got.Headline, ""
	} else {
		p.gone = true
	}
	p.going = false
	return ""
}
