package web

import (
	"context"
	"errors"
	"net/http"
	"unicode/utf8"

	"courtcircuit/node/card"
	"courtcircuit/node/httpapi/api"
)

const maxBriefChange = 2000 // characters

// takeAnswer does what the client asks for. Each button says what it does in
// the field "do"; doing it twice is no harm, as the node answers the same.
func (p *Pages) takeAnswer(ctx context.Context, r *http.Request, v *page) (view, error) {
	if err := r.ParseForm(); err != nil {
		return view{}, unreadableForm()
	}
	secret := r.PathValue("secret")
	switch r.PostForm.Get("do") {
	case "accept":
		return p.answer(ctx, r, v, card.BriefAnswer{Accept: r.PostForm.Get("digest")})
	case "change":
		return p.answer(ctx, r, v, card.BriefAnswer{Change: typed(r.PostForm.Get("change"))})
	case "withdraw":
		return p.answer(ctx, r, v, card.BriefAnswer{Withdraw: true})
	case "offer":
		return p.takeOffer(ctx, r, v)
	case "erase":
		if err := p.doors.Briefs.EraseBrief(ctx, secret); err != nil {
			return p.notDone(ctx, r, v, err)
		}
		v.Head.Title = v.Say("brief_erased")
		v.Data = message{Title: v.Head.Title, Text: v.Say("brief_erased_text")}
		return view{Template: "message.html"}, nil
	}
	return view{}, unreadableForm()
}

func (p *Pages) answer(ctx context.Context, r *http.Request, v *page, a card.BriefAnswer) (view, error) {
	length := utf8.RuneCountInString(a.Change)
	switch {
	case a == card.BriefAnswer{}: // nothing was written, or no text was seen
		return p.wrongAnswer(ctx, r, v, v.Say("brief_change_wrong"))
	case length > maxBriefChange:
		return p.wrongAnswer(ctx, r, v, v.Say("report_too_long", maxBriefChange))
	}
	if _, err := p.doors.Briefs.AnswerBrief(ctx, r.PathValue("secret"), a); err != nil {
		return p.notDone(ctx, r, v, err)
	}
	return view{Redirect: trackAddress(r.PathValue("secret"))}, nil
}

// wrongAnswer is the page with the remark at the change asked for.
func (p *Pages) wrongAnswer(ctx context.Context, r *http.Request, v *page, text string) (view, error) {
	return p.answerAgain(ctx, r, v, http.StatusUnprocessableEntity, func(d *trackPage) { d.Wrong["change"] = text })
}

// notDone says that the answer came too late, or cannot be kept now, above
// the request as it stands.
func (p *Pages) notDone(ctx context.Context, r *http.Request, v *page, err error) (view, error) {
	var problem *card.Problem
	if !errors.As(err, &problem) || isLost(err) {
		return v.lostTrack(err)
	}
	key := "problem_refused"
	switch problem.Cause {
	case card.Conflict:
		key = "brief_changed"
	case card.Unavailable:
		key = "brief_later"
	}
	return p.answerAgain(ctx, r, v, api.ProblemOf(problem).Status, func(d *trackPage) { d.Alert = v.Say(key) })
}

func (p *Pages) answerAgain(ctx context.Context, r *http.Request, v *page, status int, say func(*trackPage)) (view, error) {
	track, err := p.doors.Briefs.FollowBrief(ctx, r.PathValue("secret"))
	if err != nil {
		return v.lostTrack(err)
	}
	data, err := p.trackPage(ctx, r, v, &track)
	if err != nil {
		return view{}, err
	}
	data.Change = typed(r.PostForm.Get("change"))
	say(data)
	return view{Template: "brief_track.html", Status: status}, nil
}
