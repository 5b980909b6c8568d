package web

import (
	"context"
	"net/http"

	"courtcircuit/node/access"
	"courtcircuit/node/card"
)

// moderationPage is what visitors reported and what is hidden here.
type moderationPage struct {
	Reports []reportRow
	Hidden  []hiddenRow
}

type reportRow struct {
	Name, Address, Kind, Reason, At, Contact string
	Details                                  []string
	Hide, Dismiss                            string
	IsHidden                                 bool
}

type hiddenRow struct{ Name, Kind, Reason, At, Show string }

func (p *Pages) showModeration(ctx context.Context, r *http.Request, v *page, _ access.Session) (view, error) {
	reports, err := p.doors.Console.Reports(ctx)
	if err != nil {
		return view{}, err
	}
	hidden, err := p.doors.Console.HiddenRecords(ctx)
	if err != nil {
		return view{}, err
	}
	data := &moderationPage{}
	for _, r := range reports {
		row := reportRow{
			Name: r.Name, Kind: v.Say("console_kind_" + r.Kind), Reason: v.Say("report_" + r.Reason), At: v.moment(r.At), Contact: r.Contact,
			Details: paragraphs(r.Details), IsHidden: r.IsHidden,
			Hide: consolePath + "moderation/masquer/" + r.Kind + "/" + r.Subject, Dismiss: consolePath + "moderation/classer/" + r.ID,
		}
		if !r.IsHidden {
			row.Address = cardPages[r.Kind] + r.Subject
		}
		data.Reports = append(data.Reports, row)
	}
	for _, h := range hidden {
		name := h.Name
		if name == "" {
			name = h.Subject[:min(8, len(h.Subject))]
		}
		data.Hidden = append(data.Hidden, hiddenRow{
			Name: name, Kind: v.Say("console_kind_" + h.Kind), Reason: h.Reason, At: v.moment(h.At),
			Show: consolePath + "moderation/montrer/" + h.Kind + "/" + h.Subject,
		})
	}
	return p.consoleView(v, r, "console_moderation", "console_moderation.html", data), nil
}

func (p *Pages) askHide(ctx context.Context, r *http.Request, v *page) (*question, error) {
	kind, id := r.PathValue("kind"), r.PathValue("id")
	name, err := p.shownName(ctx, kind, id)
	if err != nil {
		return nil, err
	}
	q := v.question("hide", name, consolePath+"moderation")
	q.Mild = true
	q.Fields = []consoleField{v.field("hide_reason", typed(r.PostForm.Get("hide_reason")), area(3, 500))}
	return q, nil
}

// shownName is what a card is called that visitors can see.
func (p *Pages) shownName(ctx context.Context, kind, id string) (string, error) {
	switch kind {
	case "profile":
		c, err := p.node.Profile(ctx, id)
		return c.Name, err
	case "mission":
		m, err := p.node.Mission(ctx, id)
		return m.Title, err
	case "collective":
		c, err := p.node.Collective(ctx, id)
		return c.Name, err
	}
	return "", &card.Problem{Cause: card.NotFound, Field: "kind", Expected: "profile, mission or collective", Detail: "nothing of that kind is shown"}
}

func (p *Pages) hideCard(ctx context.Context, r *http.Request, _ *page, by access.Person) (view, error) {
	_, err := p.doors.Console.Hide(ctx, by, r.PathValue("kind"), r.PathValue("id"), typed(r.PostForm.Get("hide_reason")))
	if err != nil {
		return view{}, err
	}
	return doneAt(consolePath+"moderation", "hidden"), nil
}

func (p *Pages) askUnhide(ctx context.Context, r *http.Request, v *page) (*question, error) {
	hidden, err := p.doors.Console.HiddenRecords(ctx)
	if err != nil {
		return nil, err
	}
	for _, h := range hidden {
		if h.Kind == r.PathValue("kind") && h.Subject == r.PathValue("id") {
			q := v.question("unhide", h.Name, consolePath+"moderation")
			q.Mild = true
			return q, nil
		}
	}
	return nil, &card.Problem{Cause: card.NotFound, Field: "id", Detail: "this record is not hidden here"}
}

func (p *Pages) unhideCard(ctx context.Context, r *http.Request, _ *page, by access.Person) (view, error) {
	if err := p.doors.Console.Unhide(ctx, by, r.PathValue("kind"), r.PathValue("id")); err != nil {
		return view{}, err
	}
	return doneAt(consolePath+"moderation", "unhidden"), nil
}

func (p *Pages) askDismiss(ctx context.Context, r *http.Request, v *page) (*question, error) {
	reports, err := p.doors.Console.Reports(ctx)
	if err != nil {
		return nil, err
	}
	for _, report := range reports {
		if report.ID == r.PathValue("id") {
			return v.question("dismiss", report.Name, consolePath+"moderation"), nil
		}
	}
	return nil, &card.Problem{Cause: card.NotFound, Field: "id", Detail: "no such report is kept here"}
}

func (p *Pages) dismissReport(ctx context.Context, r *http.Request, _ *page, by access.Person) (view, error) {
	if err := p.doors.Console.DismissReport(ctx, by, r.PathValue("id")); err != nil {
		return view{}, err
	}
	return doneAt(consolePath+"moderation", "dismissed"), nil
}
