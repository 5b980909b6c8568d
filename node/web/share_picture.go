package web

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"sync"
	"time"

	"courtcircuit/node/card"
	"courtcircuit/node/web/picture"
)

func (p *Pages) serveProfilePicture(w http.ResponseWriter, r *http.Request) {
	p.servePicture(w, r, func(ctx context.Context, words Words, _ card.Site) (picture.Card, error) {
		c, err := p.node.Profile(ctx, r.PathValue("id"))
		shown := picture.Card{Title: c.Name, Text: c.Headline, Place: placeName(c.Place), At: pointOf(c.Place)}
		for _, in := range c.Collectives {
			if in.Verified {
				shown.Group = in.Name
				break
			}
		}
		if shown.Text == "" {
			shown.Text = words.skillList(c.Skills)
		}
		return shown, err
	})
}

func (p *Pages) serveCollectivePicture(w http.ResponseWriter, r *http.Request) {
	p.servePicture(w, r, func(ctx context.Context, words Words, _ card.Site) (picture.Card, error) {
		c, err := p.node.Collective(ctx, r.PathValue("id"))
		return words.pictureOf(&c), err
	})
}

func (p *Pages) serveMissionPicture(w http.ResponseWriter, r *http.Request) {
	p.servePicture(w, r, func(ctx context.Context, words Words, _ card.Site) (picture.Card, error) {
		m, err := p.node.Mission(ctx, r.PathValue("id"))
		shown := picture.Card{
			Group: words.Say("share_mission"), Title: m.Title, Text: words.skillList(needNames(m.Needs)),
			Place: placeName(m.Place), At: pointOf(m.Place),
		}
		if m.Collective != nil && m.Collective.Verified && m.Collective.Name != "" {
			shown.Group += " · " + m.Collective.Name
		}
		return shown, err
	})
}

func (p *Pages) serveHomePicture(w http.ResponseWriter, r *http.Request) {
	p.servePicture(w, r, func(ctx context.Context, words Words, site card.Site) (picture.Card, error) {
		if site.Collective == nil {
			return picture.Card{Title: "Courtcircuit", Text: words.Say("share_motto")}, nil
		}
		c, err := p.node.Collective(ctx, "")
		return words.pictureOf(&c), err
	})
}

func (w Words) pictureOf(c *card.Collective) picture.Card {
	shown := picture.Card{Group: w.Say("share_collective"), Title: c.Name, Text: w.skillsOf(c.Skills), Place: placeName(c.Place), At: pointOf(c.Place)}
	if shown.Text == "" {
		shown.Text = w.Say("share_motto")
	}
	return shown
}

func pointOf(p card.Place) *picture.Point {
	if p.Resolved == nil {
		return nil
	}
	return &picture.Point{LatDegrees: p.Resolved.Lat, LonDegrees: p.Resolved.Lon}
}

// servePicture draws what the node says of a card at this moment. It speaks
// French unless asked by ?lang=: sites that show pictures keep one for all
// their readers, so the browser of the first must not choose.
func (p *Pages) servePicture(w http.ResponseWriter, r *http.Request, describe func(context.Context, Words, card.Site) (picture.Card, error)) {
	ctx, cancel := context.WithTimeout(r.Context(), readTimeout)
	defer cancel()
	site, err := p.node.Site(ctx)
	if err != nil {
		p.fail(w, r, err)
		return
	}
	shown, err := describe(ctx, wordsFor(r.URL.Query().Get("lang")), site)
	if err != nil {
		p.fail(w, r, err)
		return
	}
	shown.Foot = p.footOf(site)
	data, err := p.draw(shown)
	if errors.Is(err, picture.ErrBusy) {
		w.Header().Set("Retry-After", "2")
		http.Error(w, err.Error(), http.StatusServiceUnavailable)
		return
	}
	if err != nil {
		p.fail(w, r, err)
		return
	}
	// An hour: an erased person's picture must not outlive her card for long.
	w.Header().Set("Cache-Control", "public, max-age=3600")
	p.serveBytes(w, r, "image/png", data, time.Time{})
}

func (p *Pages) draw(c picture.Card) ([]byte, error) {
	gallery, err := p.share.gallery()
	if err != nil {
		return nil, err
	}
	return gallery.Picture(c)
}

// footOf says where the picture comes from.
func (p *Pages) footOf(site card.Site) string {
	if u, err := url.Parse(p.cfg.PublicURL); err == nil && u.Host != "" {
		return u.Host
	}
	if site.Collective != nil {
		return site.Collective.Name
	}
	return ""
}

var icon = sync.OnceValues(picture.Icon)

func (p *Pages) serveIcon(w http.ResponseWriter, r *http.Request) {
	data, err := icon()
	if err != nil {
		p.fail(w, r, err)
		return
	}
	w.Header().Set("Cache-Control", "public, max-age=86400")
	p.serveBytes(w, r, "image/vnd.microsoft.icon", data, time.Time{})
}
