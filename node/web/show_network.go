package web

import (
	"context"
	"errors"
	"net/http"

	"courtcircuit/node/card"
	"courtcircuit/node/httpapi/api"
)

const networkLimit = 50

// middleOfFrance is where the list begins at a node without a place.
const middleOfFrance = "46.60,2.40"

// networkPage is the federation in plain words. It alone may speak of nodes.
type networkPage struct {
	Counts      []string
	Alone       bool
	Reached     string // how many other nodes are reached
	Collectives []collectiveItem
	Next, First string
	Map         mapBox
	Curious     []fact
}

func (p *Pages) showNetwork(ctx context.Context, r *http.Request, v *page) (view, error) {
	path := "/reseau"
	if v.Form.Cursor != "" {
		path = ""
	}
	p.headPlain(v, v.Say("title_network"), v.Say("network_about"), path)
	info, err := p.node.Info(ctx)
	if err != nil {
		return view{}, err
	}
	overview, err := p.node.Overview(ctx)
	if err != nil {
		return view{}, err
	}
	peers, err := p.node.Peers(ctx)
	if err != nil {
		return view{}, err
	}
	found, err := p.collectivesNearHere(ctx, v)
	if err != nil {
		return view{}, err
	}
	data := networkPage{
		Counts:  v.countsOf(card.PlaceCount{Profiles: overview.Profiles, Missions: overview.Missions, Collectives: overview.Collectives}),
		Reached: v.count("reached", info.Peers), Alone: info.Peers == 0, Curious: v.curious(info, overview),
	}
	data.Collectives = v.networkItems(found, peers)
	if found.NextCursor != "" {
		data.Next = form{Cursor: found.NextCursor, Lang: v.Form.Lang, path: "/reseau"}.address()
	}
	if v.Form.Cursor != "" {
		data.First = "/reseau"
	}
	data.Map = p.mapOf(v, shapeWide, v.collectivePoints(overview))
	v.Head.Scripts = append(v.Head.Scripts, "map.js")
	v.Data = data
	return view{Template: "network.html"}, nil
}

// collectivesNearHere begins at this collective, or anywhere when it has no
// place yet. A cursor that is over begins again.
func (p *Pages) collectivesNearHere(ctx context.Context, v *page) (card.Page[card.FoundCollective], error) {
	s := card.Search{Limit: networkLimit, Cursor: v.Form.Cursor, Lang: v.Lang}
	if v.Site.Collective == nil {
		s.Near = middleOfFrance
	}
	found, err := p.node.SearchCollectives(ctx, s)
	var problem *card.Problem
	if s.Cursor != "" && errors.As(err, &problem) {
		s.Cursor, v.Form.Cursor = "", ""
		found, err = p.node.SearchCollectives(ctx, s)
	}
	return found, err
}

// networkItems are collectives with what is known of their nodes. Distances
// from a place that nobody chose are left out.
func (v *page) networkItems(found card.Page[card.FoundCollective], peers []api.Peer) []collectiveItem {
	connected := map[string]bool{}
	for _, peer := range peers {
		if peer.Collective != nil && peer.Connected {
			connected[peer.Collective.ID] = true
		}
	}
	items := v.collectiveItemsOf(found.Results)
	for i := range items {
		item := &items[i]
		item.Reasons = nil
		switch {
		case v.Site.Collective == nil:
			item.Distance = ""
		case item.ID == v.Site.Collective.ID:
			item.Connected, item.Distance = v.Say("this_collective"), ""
			continue
		}
		item.Connected = v.Say("not_connected")
		if connected[item.ID] {
			item.Connected = v.Say("connected")
		}
	}
	return items
}

// curious is what two collectives compare to see that they hold the same.
func (w Words) curious(info api.Info, overview card.Overview) []fact {
	facts := []fact{{Term: w.Say("network_name"), Text: info.Network}}
	if info.Digest != "" {
		facts = append(facts, fact{Term: w.Say("digest"), Text: info.Digest[:min(16, len(info.Digest))], Why: w.Say("digest_why"), Code: true})
	}
	if last := info.Sync.Last; last != nil {
		facts = append(facts, fact{Term: w.Say("last_sync"), Text: w.moment(*last), Why: w.Say("last_sync_why")})
	}
	if !overview.At.IsZero() {
		facts = append(facts, fact{Term: w.Say("counted_at"), Text: w.moment(overview.At)})
	}
	if info.Version != "" {
		facts = append(facts, fact{Term: w.Say("version"), Text: info.Version})
	}
	return facts
}
