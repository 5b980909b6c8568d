package web

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"courtcircuit/node/card"
)

// maxOffers is how many other collectives are offered, nearest first.
const maxOffers = 5

// offersOf are the nearest other collectives. A place that cannot be searched
// around costs the offer and not the page.
func (p *Pages) offersOf(ctx context.Context, v *page, t *card.Track) ([]collectiveItem, error) {
	s := card.Search{Near: t.Form.Place.Text, Limit: maxOffers + 1, Lang: v.Lang}
	if at := t.Form.Place.Resolved; at != nil {
		s.Near = fmt.Sprintf("%.4f,%.4f", at.Lat, at.Lon)
	}
	found, err := p.node.SearchCollectives(ctx, s)
	var problem *card.Problem
	if errors.As(err, &problem) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var offers []collectiveItem
	for _, item := range v.collectiveItemsOf(found.Results) {
		if item.ID != t.To.ID && len(offers) < maxOffers {
			offers = append(offers, item)
		}
	}
	return offers, nil
}

// takeOffer sends the same request to another collective, and leads to its own
// page.
func (p *Pages) takeOffer(ctx context.Context, r *http.Request, v *page) (view, error) {
	id := r.PostForm.Get("collective")
	if id == "" {
		return p.answerAgain(ctx, r, v, http.StatusUnprocessableEntity, func(d *trackPage) { d.Wrong["collective"] = v.Say("report_reason_wrong") })
	}
	deposited, err := p.doors.Briefs.OfferBrief(ctx, r.PathValue("secret"), id)
	var problem *card.Problem
	if errors.As(err, &problem) && problem.Field != "secret" && problem.Cause != card.Conflict && problem.Cause != card.Unavailable {
		// The other collective is gone, or takes nothing: the request stands.
		return p.answerAgain(ctx, r, v, http.StatusUnprocessableEntity, func(d *trackPage) {
			d.Wrong["collective"] = v.Say("brief_to_closed")
			if len(d.Offers) == 0 { // there is no list to say it at
				d.Alert = d.Wrong["collective"]
			}
		})
	}
	if err != nil {
		return p.notDone(ctx, r, v, err)
	}
	return view{Redirect: trackAddress(deposited.Secret) + "?" + newTrack}, nil
}
