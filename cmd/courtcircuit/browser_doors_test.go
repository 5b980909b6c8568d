//go:build browser

package main

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"courtcircuit/node/card"
)

// A client writes to somebody of a collective in Bordeaux whose node is off,
// and follows the request: on its way, arrived, read and by whom, a text to
// accept, a mission on both nodes.
func TestBrowserBriefWhileTheOtherIsOff(t *testing.T) {
	b := openBrowser(t)
	for _, c := range []struct {
		reader
		sending, received, read, proposed, published string
	}{
		{reader{phone, "light", "fr", false}, "En route", "Bien arrivée", "Lue", "Un texte vous est proposé", "La mission est publiée"},
		{reader{desktop, "dark", "en", true}, "On its way", "Arrived", "Read", "A text is proposed", "The mission is published"},
	} {
		t.Run(c.String(), func(t *testing.T) {
			w := startTown(t)
			w.chartrons.daemon.kill()

			client := openTab(t, b, c.reader)
			client.open(w.garonne.page + "/p/" + w.hugo)
			client.follow(client.see("main a[href*='/missions/nouvelle']", "La Fabrique des Chartrons"))
			client.fill("main [name=description]", "Trois affiches pour la fête de notre rue, en juin.")
			client.fill("main [name=place]", "Bordeaux")
			client.fill("main [name=name]", "Jeanne Duval")
			client.fill("main [name=email]", "jeanne.duval@client.example")
			client.click("main [name=audience][value=network]")
			client.shoot("brief-form-" + c.String())
			client.send("main form.brief-form")
			client.see("#state", c.sending)
			link := client.address()
			client.shoot("brief-sending-" + c.String())

			w.chartrons.run(t)
			w.chartrons.awaitBrief(t, card.BriefReceived)
			awaitTrack(t, w.garonne, link, card.BriefReceived)
			client.open(link)
			client.see("#state", c.received)

			desk := w.chartrons.coordinator(t, b, reader{desktop, "light", c.lang, c.plain}, "Léa Brun")
			desk.open(w.chartrons.page + "/_/briefs")
			desk.follow(desk.see("main a[href^='/_/briefs/']", "Trois affiches"))
			desk.see("main", "jeanne.duval@client.example")
			awaitTrack(t, w.garonne, link, card.BriefRead)
			client.open(link)
			client.see("#state", c.read)
			client.see(".steps", "Léa Brun")

			desk.fill("main [name=title]", "Affiches pour une fête de quartier")
			desk.fill("main [name=needs]", "graphisme, 3 jours")
			desk.click("main [name=audience][value=network]")
			desk.shoot("console-brief-" + c.String())
			desk.send("main form.console-form")
			awaitTrack(t, w.garonne, link, card.BriefProposed)
			client.open(link)
			client.see("#state", c.proposed)
			client.see(".brief-text", "Affiches pour une fête de quartier")
			client.shoot("brief-proposed-" + c.String())
			client.follow(client.button("main form", "accept"))
			awaitTrack(t, w.garonne, link, card.BriefPublished)
			client.open(link)
			client.see("#state", c.published)

			awaitSame(t, w.garonne, w.chartrons)
			client.open(w.garonne.page + "/missions")
			client.see("main", "Affiches pour une fête de quartier")
			if strings.Contains(client.text("main"), "Duval") {
				t.Error("the mission says who the client is")
			}
		})
	}
}

// Twenty-five members come in from their phones. One changes the card and sees
// it on another node's page as it happens; none opens what is not theirs.
func TestBrowserMembersComeIn(t *testing.T) {
	w, b := startTown(t), openBrowser(t)
	desk := w.garonne.coordinator(t, b, reader{desktop, "light", "fr", false}, "Nadia Roche")
	links := make([]string, 25)
	for i := range links {
		links[i] = w.garonne.invite(t, desk, memberName(i), i == 0)
	}
	first := openTab(t, b, reader{phone, "light", "fr", false})
	first.comesIn(w.garonne.page, links[0], memberName(0))
	first.shoot("me-home")
	if status := first.status(links[0]); status != http.StatusNotFound {
		t.Errorf("a used link answers %d, 404 expected", status)
	}
	t.Run("others", func(t *testing.T) {
		for i := 1; i < len(links); i++ {
			lang := []string{"fr", "en"}[i%2]
			t.Run(lang, func(t *testing.T) {
				t.Parallel()
				v := openTab(t, b, reader{phone, "light", lang, i%5 == 4})
				v.comesIn(w.garonne.page, links[i], memberName(i))
				v.must(v.whole.Close())
			})
		}
	})
	profiles, err := w.garonne.client.OwnProfiles(t.Context())
	if err != nil || len(profiles) != 25+3 {
		t.Fatalf("%d cards, %v; 28 expected", len(profiles), err)
	}

	watching := openTab(t, b, reader{desktop, "light", "fr", false})
	awaitSame(t, w.garonne, w.chartrons)
	watching.open(w.chartrons.page + "/recherche?near=Toulouse&skill=interprétariat")
	first.open(w.garonne.page + "/moi/carte")
	first.fill("main [name=skills]", "traduction, interprétariat")
	first.fill("main [name=headline]", "Interprète de conférence")
	first.follow(first.button("main form.me-form", "publish"))
	watching.see("#results .person", "Interprète de conférence")
	watching.shoot("me-seen-live")
	first.open(w.garonne.page + "/moi/historique")
	first.see("main", "Membre A. Durand")
}

func memberName(i int) string { return fmt.Sprintf("Membre %c. Durand", 'A'+i) }

// comesIn goes from a link to a published card.
func (v *tab) comesIn(page, link, name string) {
	v.t.Helper()
	v.open(link)
	v.send("main form")
	v.open(page + "/moi/carte")
	v.fill("main [name=name]", name)
	v.fill("main [name=headline]", "Traduction et relecture")
	v.fill("main [name=place]", "Toulouse")
	v.fill("main [name=skills]", "traduction, relecture")
	v.follow(v.button("main form.me-form", "publish"))
	v.click("main [name=consent][value=membership]")
	v.click("main [name=consent][value=publication]")
	v.send("main form[action='/moi/publier']")
	if secret := v.text("#secret"); len(secret) < 40 {
		v.t.Fatalf("the recovery secret reads %q", secret)
	}
	v.click("main [name=kept]")
	v.send("main form[action='/moi/secret']")
	v.open(page + "/moi")
	v.see("main", name)
	v.checkLayout()
	v.forbidden(page, "/_/", "/_/membres", "/_/briefs", "/_/reglages")
}

// A coordinator names a new node from its first-run page, and a brief that was
// left there becomes a mission on another node.
func TestBrowserFirstRun(t *testing.T) {
	b, dir := openBrowser(t), scratchDir(t)
	for _, lang := range []string{"fr", "en"} {
		t.Run(lang, func(t *testing.T) {
			fresh := startHouse(t, dir, "fresh-"+lang, "")
			other := startHouse(t, dir, "La Fabrique "+lang, "Bordeaux", fresh)
			desk := fresh.coordinator(t, b, reader{phone, "light", lang, false}, "Ana Vidal")
			desk.open(fresh.page + "/_/premiere-fois")
			desk.checkLayout()
			desk.shoot("first-run-" + lang)
			desk.fill("main [name=name]", "Les Indés du Tarn "+lang)
			desk.fill("main [name=place]", "Albi")
			desk.send("main form.first-run")
			if secret := desk.text("#secret"); len(secret) < 40 {
				t.Fatalf("the recovery secret reads %q", secret)
			}
			desk.click("main [name=kept]")
			desk.send("main form[action='/_/premiere-fois']")

			client := openTab(t, b, reader{phone, "dark", lang, true})
			client.open(fresh.page + "/")
			client.see("h1", "Les Indés du Tarn "+lang)
			client.follow(client.see("main a[href*='/missions/nouvelle']", ""))
			client.fill("main [name=description]", "Un site pour notre fromagerie.")
			client.fill("main [name=place]", "Albi")
			client.fill("main [name=name]", "Paul Vidal")
			client.fill("main [name=phone]", "06 00 00 00 01")
			client.click("main [name=audience][value=network]")
			client.send("main form.brief-form")
			link := client.address()

			desk.open(fresh.page + "/_/briefs")
			desk.follow(desk.see("main a[href^='/_/briefs/']", "fromagerie"))
			desk.fill("main [name=title]", "Le site d’une fromagerie")
			desk.send("main form.console-form")
			client.open(link)
			client.follow(client.button("main form", "accept"))
			awaitSame(t, fresh, other)
			client.open(other.page + "/missions")
			client.see("main", "Le site d’une fromagerie")
		})
	}
}

// invite makes a member's link, in the console or by the program.
func (h *house) invite(t *testing.T, desk *tab, name string, byHand bool) string {
	t.Helper()
	if !byHand {
		link, err := h.client.InviteMember(t.Context(), name)
		if err != nil {
			t.Fatal(err)
		}
		return link.URL
	}
	desk.open(h.page + "/_/membres")
	desk.fill("form[action='/_/membres'] [name=name]", name)
	desk.send("form[action='/_/membres']")
	desk.shoot("console-link")
	e, err := desk.Element("#address")
	desk.must(err)
	value, err := e.Property("value")
	desk.must(err)
	return value.String()
}

// awaitBrief waits until the house holds a brief in that state.
func (h *house) awaitBrief(t *testing.T, state string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), awaitBound)
	defer cancel()
	if err := await(ctx, []string{h.home}, func(ctx context.Context) (bool, string, error) {
		briefs, err := h.client.Briefs(ctx)
		if err != nil || len(briefs) == 0 {
			return false, "no brief", err
		}
		return briefs[0].State == state, briefs[0].State, nil
	}); err != nil {
		t.Fatal(err)
	}
}

// awaitTrack waits until the client's link says that state.
func awaitTrack(t *testing.T, h *house, link, state string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), awaitBound)
	defer cancel()
	secret := link[strings.LastIndex(link, "/")+1:]
	secret, _, _ = strings.Cut(secret, "?")
	if err := await(ctx, []string{h.home}, func(ctx context.Context) (bool, string, error) {
		track, err := h.client.FollowBrief(ctx, secret)
		return err == nil && track.State == state, track.State, err
	}); err != nil {
		t.Fatal(err)
	}
}
