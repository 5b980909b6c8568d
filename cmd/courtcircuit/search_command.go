package main

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"courtcircuit/node/card"
	"courtcircuit/node/french"
	"courtcircuit/store/fold"
)

func (a *app) searchCommand() *cobra.Command {
	var s card.Search
	var radius, kind string
	cmd := a.command("search", "help.search", cobra.NoArgs, func(cmd *cobra.Command, _ []string) error {
		s.Lang = a.lang
		if s.Limit < 1 || s.Limit > 100 {
			return usageError{fmt.Errorf("--limit %d: %s", s.Limit, a.t("error.limit"))}
		}
		if radius != "" {
			km, err := parseRadius(radius)
			if err != nil {
				return usageError{fmt.Errorf("--radius %q: %s", radius, a.t("error.radius"))}
			}
			s.RadiusKm = &km
		}
		c, err := a.connect()
		if err != nil {
			return err
		}
		switch kind {
		case "profiles":
			return search(a, cmd.Context(), s, c.SearchProfiles, a.profileTable)
		case "missions":
			return search(a, cmd.Context(), s, c.SearchMissions, a.missionTable)
		case "collectives":
			return search(a, cmd.Context(), s, c.SearchCollectives, a.collectiveTable)
		default:
			return usageError{fmt.Errorf("--kind %q: %s", kind, a.t("error.kind"))}
		}
	})
	f := cmd.Flags()
	f.StringVar(&s.Near, "near", "", a.t("flag.near"))
	f.StringVar(&radius, "radius", "", a.t("flag.radius"))
	f.StringArrayVar(&s.Skills, "skill", nil, a.t("flag.skill"))
	f.StringArrayVar(&s.Languages, "language", nil, a.t("flag.language"))
	f.StringArrayVar(&s.Modes, "mode", nil, a.t("flag.mode"))
	f.StringVar(&s.AvailableBy, "available-by", "", a.t("flag.available_by"))
	f.StringVar(&s.Words, "words", "", a.t("flag.words"))
	f.StringVar(&s.Collective, "collective", "", a.t("flag.collective"))
	f.StringVar(&s.Status, "status", "", a.t("flag.status"))
	f.IntVar(&s.Limit, "limit", 20, a.t("flag.limit"))
	f.StringVar(&s.Cursor, "cursor", "", a.t("flag.cursor"))
	f.StringVar(&kind, "kind", "profiles", a.t("flag.kind"))
	return cmd
}

// search asks the node and prints a page of any kind.
func search[T any](a *app, ctx context.Context, s card.Search, ask func(context.Context, card.Search) (card.Page[T], error), print func([]T)) error {
	page, err := ask(ctx, s)
	if err != nil {
		return err
	}
	if a.json {
		page.Results = orEmpty(page.Results)
		return a.printJSON(page)
	}
	if page.Near != nil {
		name := placeName(card.Place{Resolved: &page.Near.Place})
		a.say("search.near", "Place", name, "OfPlace", keyboard(french.Of(name)))
		if len(page.Near.Alternatives) > 0 {
			a.say("search.alternatives", "Places", placeNames(page.Near.Alternatives))
		}
	}
	a.sayUnderstood(page.Skills)
	if page.Words != nil && page.Words.Note != "" {
		fmt.Fprintln(a.out, page.Words.Note)
	}
	if len(page.Results) == 0 {
		a.say("search.none")
		return nil
	}
	print(page.Results)
	if page.NextCursor != "" {
		a.say("search.more", "Cursor", page.NextCursor)
	}
	return nil
}

// sayUnderstood names each skill that was searched for by another word than
// the one typed.
func (a *app) sayUnderstood(skills []card.UnderstoodSkill) {
	for _, s := range skills {
		switch {
		case s.Corrected:
			a.say("search.corrected", "Skill", s.Skill, "Query", s.Query)
		case fold.Text(s.Skill) != fold.Text(s.Query):
			a.say("search.understood", "Skill", s.Skill, "Query", s.Query)
		}
	}
}

func placeNames(places []card.ResolvedPlace) string {
	names := make([]string, len(places))
	for i := range places {
		names[i] = placeName(card.Place{Resolved: &places[i]})
	}
	return strings.Join(names, ", ")
}

func (a *app) profileTable(found []card.FoundProfile) {
	t := a.newTable("distance", "name", "headline", "place", "fingerprint", "collective", "id")
	for _, p := range found {
		t.add(a.km(p.DistanceKm), clip(p.Name, 28), clip(p.Headline, 36), placeName(p.Place), p.Fingerprint, clip(a.collectiveNames(p.Collectives), 28), shortID(p.ID))
	}
	t.print(a.out)
	for _, p := range found {
		a.sayWhy(p.ID, p.Reasons)
	}
}

// collectiveNames marks what only one side has signed so far as such.
func (a *app) collectiveNames(list []card.Membership) string {
	names := []string{}
	for _, m := range list {
		if m.Verified {
			names = append(names, m.Name)
		}
	}
	return orDash(strings.Join(names, ", "))
}

func (a *app) missionTable(found []card.FoundMission) {
	t := a.newTable("distance", "title", "place", "needs", "apply_by", "collective", "id")
	for _, m := range found {
		name := "—"
		if m.Collective != nil {
			name = orDash(m.Collective.Name)
		}
		t.add(a.km(m.DistanceKm), clip(m.Title, 44), placeName(m.Place), clip(needs(m.Mission), 30), m.ApplyBy, clip(name, 28), shortID(m.ID))
	}
	t.print(a.out)
	for _, m := range found {
		a.sayWhy(m.ID, m.Reasons)
	}
}

func (a *app) collectiveTable(found []card.FoundCollective) {
	t := a.newTable("distance", "name", "place", "members", "fingerprint", "id")
	for _, c := range found {
		t.add(a.km(c.DistanceKm), clip(c.Name, 40), placeName(c.Place), strconv.Itoa(c.Members), c.Fingerprint, shortID(c.ID))
	}
	t.print(a.out)
	for _, c := range found {
		a.sayWhy(c.ID, c.Reasons)
	}
}

// sayWhy says below a table why a result is in it, and there.
func (a *app) sayWhy(id string, list []card.Reason) {
	texts := make([]string, len(list))
	for i, r := range list {
		texts[i] = r.Text
	}
	fmt.Fprintf(a.out, "%s  %s\n", shortID(id), strings.Join(texts, " · "))
}

func (a *app) km(distance float64) string { return a.decimal(distance) + " km" }

// parseRadius reads 50km, 50 km, 50 or 800m.
func parseRadius(s string) (float64, error) {
	text, factor := strings.ToLower(strings.TrimSpace(s)), 1.0
	if rest, ok := strings.CutSuffix(text, "km"); ok {
		text = rest
	} else if rest, ok := strings.CutSuffix(text, "m"); ok {
		text, factor = rest, 0.001
	}
	v, err := strconv.ParseFloat(strings.ReplaceAll(strings.TrimSpace(text), ",", "."), 64)
	return v * factor, err
}
