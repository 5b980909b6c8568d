package web

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net"
	"net/http"

	"courtcircuit/node/access"
	"courtcircuit/node/card"
)

// What the pages promise: how many days a request is kept after its last step,
// and when nobody answers; and after how many working days it may go to
// another collective.
const (
	briefDays       = 90
	briefSilentDays = 180
	briefOfferDays  = 5
)

// briefAudiences are those that a client chooses from.
var briefAudiences = []string{card.AudienceCollective, card.AudienceNetwork}

// depositPage is the form for a request, filled as it was sent.
type depositPage struct {
	Words
	To     *addressee
	Action string // where the form is sent
	Typed  briefTyped
	Places []choice // what an ambiguous place could mean
	Asked  string   // the words that they are about
	Token  string   // the same for every try to send this form
	Wrong  map[string]string
	Faults []link // the same, from the top of the page
	Alert  string // what is the matter with the whole
	Lost   bool   // whoever it was for is not there any more
}

// OfferDays is how long the collective has before another is offered.
func (d *depositPage) OfferDays() int { return briefOfferDays }

// BriefKept says how long a request is kept.
func (v *page) BriefKept() string { return v.Say("brief_kept", briefDays, briefSilentDays) }

func (p *Pages) showDeposit(ctx context.Context, r *http.Request, v *page) (view, error) {
	if v.Site.Collective == nil {
		return v.noCollectiveYet(), nil
	}
	query := r.URL.Query()
	to, err := p.addresseeOf(ctx, v, query.Get("to"), query.Get("profile"))
	if err != nil {
		return view{}, err
	}
	data := p.depositPage(v, to)
	data.Typed.Place, data.Token = v.Form.Near, rand.Text()
	return view{Template: "brief_form.html"}, nil
}

// takeDeposit sends the request on. Whatever is the matter, the form comes
// back as it was typed.
func (p *Pages) takeDeposit(ctx context.Context, r *http.Request, v *page) (view, error) {
	if v.Site.Collective == nil {
		return v.noCollectiveYet(), nil
	}
	if err := r.ParseForm(); err != nil {
		return view{}, unreadableForm()
	}
	query := r.URL.Query()
	to, err := p.addresseeOf(ctx, v, query.Get("to"), query.Get("profile"))
	lost := isLost(err)
	if lost {
		to, err = p.addresseeOf(ctx, v, "", "")
	}
	if err != nil {
		return view{}, err
	}
	data := p.depositPage(v, to)
	data.read(r.PostForm)
	if lost {
		data.Lost, data.Alert = true, v.Say("brief_to_lost")
		return data.again(v, http.StatusConflict), nil
	}
	if data.Wrong = v.wrongInBrief(&data.Typed); len(data.Wrong) > 0 {
		return data.again(v, http.StatusUnprocessableEntity), nil
	}
	if r.PostForm.Get("website") != "" {
		// A field that people do not see. A browser may have filled it for
		// somebody all the same, and their request must not vanish.
		data.Alert = v.Say("brief_trapped")
		return data.again(v, http.StatusUnprocessableEntity), nil
	}
	form := data.Typed.form(to, v.Lang)
	key, err := depositKey(data.Token, form)
	if err != nil {
		return view{}, err
	}
	deposited, err := p.doors.Briefs.DepositBrief(ctx, form, key, visitorOf(r))
	if err != nil {
		return data.refused(v, err)
	}
	return view{Redirect: trackAddress(deposited.Secret) + "?" + newTrack}, nil
}

func (p *Pages) depositPage(v *page, to *addressee) *depositPage {
	title := v.Say("brief_head", to.Name)
	if to.Person != nil {
		title = v.Say("brief_head", to.Person.Text)
	}
	p.headPlain(v, title, v.Say("brief_about"), "")
	v.Head.Kind = "" // nothing to share
	v.Head.Scripts = append(v.Head.Scripts, "complete.js", "brief.js")
	data := &depositPage{Words: v.Words, To: to, Action: to.address(v.Form.Lang), Typed: briefTyped{Audience: card.AudienceCollective}, Wrong: map[string]string{}}
	v.Data = data
	return data
}

// noCollectiveYet: somebody has to be there to answer, by name.
func (v *page) noCollectiveYet() view {
	v.Head.Title = v.Say("brief_nameless")
	v.Data = message{Title: v.Head.Title, Text: v.Say("brief_nameless_text")}
	return view{Template: "message.html", Status: http.StatusNotFound}
}

// depositKey makes pressing the button twice, or going back and pressing it
// again, one request. Other words are another one: people go back because they
// forgot something, and an answer to the former words would hide the new ones.
func depositKey(token string, form card.BriefForm) (string, error) {
	words, err := json.Marshal(form)
	if err != nil {
		return "", fmt.Errorf("deposit brief: %w", err)
	}
	sum := sha256.Sum256(append([]byte(token+"\x00"), words...))
	return hex.EncodeToString(sum[:]), nil
}

// visitorOf is the address of whoever sends, as the listener knows it; "" is
// this machine. Which door they came by says so, and not the address: that of
// a proxy which names no client is this machine's too.
func visitorOf(r *http.Request) string {
	if access.DoorOf(r.Context()) == access.Private {
		return ""
	}
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return r.RemoteAddr
	}
	return host
}
