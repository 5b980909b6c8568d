package web

import (
	"context"
	"errors"
	"net/http"
	"time"

	"courtcircuit/node/access"
	"courtcircuit/node/card"
)

// takeMe does what one tap asks for.
func (p *Pages) takeMe(ctx context.Context, r *http.Request, v *page, who access.Session) (view, error) {
	if err := readMeForm(r); err != nil {
		return view{}, err
	}
	done, wrong, err := p.doForMe(ctx, r, who)
	if len(wrong) == 0 && err == nil {
		return view{Redirect: mePath + "?fait=" + done}, nil
	}
	data, readErr := p.meHome(ctx, v, who)
	if readErr != nil {
		return view{}, readErr
	}
	data.Wrong, data.From = v.said(wrong), typed(r.PostForm.Get("from"))
	if data.Days != nil {
		data.Days = v.daysChoices(typed(r.PostForm.Get("days")))
	}
	answer := view{Template: "me_home.html", Status: http.StatusUnprocessableEntity}
	if err != nil {
		return answer, data.refuse(v, err)
	}
	return answer, nil
}

// doForMe names what was done, or the fields that are wrong.
func (p *Pages) doForMe(ctx context.Context, r *http.Request, who access.Session) (done string, wrong map[string]string, err error) {
	members, f := p.doors.Members, r.PostForm
	wrong = map[string]string{}
	switch f.Get("do") {
	case whenNo:
		_, err = members.SetAvailability(ctx, who.Person, card.Availability{DaysPerWeek: new(uint)})
	case whenNow:
		_, err = members.SetAvailability(ctx, who.Person, card.Availability{DaysPerWeek: readDays(f.Get("days"), wrong)})
	case whenFrom:
		a := card.Availability{DaysPerWeek: readDays(f.Get("days"), wrong), From: typed(f.Get("from"))}
		if _, wrongDay := time.Parse(time.DateOnly, a.From); wrongDay != nil {
			wrong["from"] = "me_wrong_from"
		}
		if len(wrong) == 0 {
			_, err = members.SetAvailability(ctx, who.Person, a)
		}
	case "confirm":
		_, err = members.ConfirmCard(ctx, who.Person)
		return "confirmed", wrong, err
	case "agree", "disagree":
		err = members.AgreeWork(ctx, who.Person, f.Get("work"), f.Get("do") == "agree")
		return "work", wrong, err
	default:
		err = &card.Problem{Cause: card.Invalid, Field: "do", Expected: "one of the buttons of the page", Detail: "nothing was asked for"}
	}
	return "availability", wrong, err
}

// readDays takes a working week where nothing was said: the buttons of one
// tap ask nothing.
func readDays(text string, wrong map[string]string) *uint {
	days := readNumber("days", typed(text), wrong)
	if days == nil || *days < 1 || *days > 7 {
		full := uint(5)
		return &full
	}
	return days
}

// refuse says beside the page why the node did not do it.
func (data *meHome) refuse(v *page, err error) error {
	var problem *card.Problem
	if !errors.As(err, &problem) {
		return err
	}
	if field, known := meField(problem.Field); known {
		data.Wrong[field] = v.Say("me_wrong_" + field)
		return nil
	}
	data.Alert = v.sayRefused(problem)
	return nil
}

// sayRefused is a sentence for what is no matter of a field.
func (w Words) sayRefused(problem *card.Problem) string {
	switch problem.Cause {
	case card.Unavailable:
		return w.Say("me_refused_later")
	case card.Forbidden:
		return w.Say("me_refused_moved")
	case card.Conflict:
		return w.Say("me_refused_changed")
	case card.Gone:
		return w.Say("me_refused_gone")
	}
	return w.Say("problem_refused_text")
}
