package httpapi

import (
	"context"
	"net/http"

	"courtcircuit/node/card"
	"courtcircuit/node/httpapi/api"
)

type profilesInput struct {
	SearchInput
	ModeInput
	AvailableBy string `query:"available_by" format:"date" doc:"free on that day, as 2026-12-01"`
	Collective  string `query:"collective" pattern:"^[a-z2-7]{51}[aq]$" patternDescription:"a full id, 52 characters of a-z and 2-7"`
	Mine        bool   `query:"mine" doc:"the cards this node publishes, in place of a search; needs the token"`
}

// listedProfile describes what is found by a search, or one's own and then without distance.
type listedProfile struct {
	card.Profile
	*card.Found
}

type profileBody struct {
	Body card.Profile
}

type profileEdit struct {
	IDPath
	Body card.Profile
}

type createInput struct {
	Ref  string `query:"ref" maxLength:"100" doc:"kept here only; the same ref again replaces the card"`
	Body card.Profile
}

type created struct {
	Status   int
	Location string `header:"Location"`
	Body     api.Published
}

func (a *API) registerProfiles() {
	register(a, route{id: "search-profiles", method: http.MethodGet, path: prefix + "/profiles",
		summary: "People, nearest first"}, a.listProfiles, describesPage[listedProfile](a))
	register(a, route{id: "get-profile", method: http.MethodGet, path: prefix + "/profiles/{id}",
		summary: "One card"},
		func(ctx context.Context, in *IDPath) (*profileBody, error) {
			p, err := a.backend.Profile(ctx, in.ID)
			return &profileBody{Body: p}, err
		})
	register(a, route{id: "get-resume", method: http.MethodGet, path: prefix + "/profiles/{id}/resume.json",
		summary: "The card as JSON Resume"},
		func(ctx context.Context, in *IDPath) (*file, error) {
			return a.profileFile(ctx, in.ID, a.cfg.Resume, "application/json", "resume.json")
		}, produces("application/json"))
	register(a, route{id: "get-contact", method: http.MethodGet, path: prefix + "/profiles/{id}/contact.vcf",
		summary: "The card as vCard"},
		func(ctx context.Context, in *IDPath) (*file, error) {
			return a.profileFile(ctx, in.ID, a.cfg.VCard, "text/vcard; charset=utf-8", "contact.vcf")
		}, produces("text/vcard"))
	a.registerProfileWrites()
}

func (a *API) registerProfileWrites() {
	register(a, route{id: "publish-profile", method: http.MethodPost, path: prefix + "/profiles", access: private,
		status: http.StatusCreated, summary: "Publish a card; answered once it is durable"}, a.publishProfile)
	register(a, route{id: "replace-profile", method: http.MethodPut, path: prefix + "/profiles/{id}", access: private,
		summary: "Replace a card"},
		func(ctx context.Context, in *profileEdit) (*profileBody, error) {
			if err := sameID(in.ID, in.Body.ID); err != nil {
				return nil, err
			}
			p, err := a.backend.ReplaceProfile(ctx, in.ID, in.Body)
			return &profileBody{Body: p}, err
		})
	register(a, route{id: "confirm-profile", method: http.MethodPost, path: prefix + "/profiles/{id}/confirm", access: private,
		summary: "Say that the card still holds"},
		func(ctx context.Context, in *IDPath) (*profileBody, error) {
			p, err := a.backend.ConfirmProfile(ctx, in.ID)
			return &profileBody{Body: p}, err
		})
	register(a, route{id: "erase-profile", method: http.MethodDelete, path: prefix + "/profiles/{id}", access: private,
		status: http.StatusNoContent, summary: "Erase a person's content everywhere"},
		func(ctx context.Context, in *IDPath) (*none, error) {
			return &none{}, a.backend.RemoveProfile(ctx, in.ID)
		})
}

func (a *API) listProfiles(ctx context.Context, in *profilesInput) (*written, error) {
	if in.Mine {
		if !a.holdsToken(in.Authorization) {
			return nil, tokenProblem()
		}
		own, err := a.backend.OwnProfiles(ctx)
		return writePage(card.Page[card.Profile]{Results: own}, err, (*card.Profile).AppendJSON)
	}
	s, err := in.search()
	if err != nil {
		return nil, err
	}
	s.Modes, s.AvailableBy, s.Collective = in.Mode, in.AvailableBy, in.Collective
	page, err := a.backend.SearchProfiles(ctx, s)
	return writePage(page, err, (*card.FoundProfile).AppendJSON)
}

func (a *API) publishProfile(ctx context.Context, in *createInput) (*created, error) {
	done, err := a.backend.PublishProfile(ctx, in.Body, in.Ref)
	if err != nil {
		return nil, err
	}
	status := http.StatusOK
	if done.Created {
		status = http.StatusCreated
	}
	return &created{Status: status, Location: prefix + "/profiles/" + done.ID, Body: done}, nil
}

func (a *API) profileFile(ctx context.Context, id string, write func(card.Profile) ([]byte, error), media, name string) (*file, error) {
	p, err := a.backend.Profile(ctx, id)
	if err != nil {
		return nil, err
	}
	body, err := write(p)
	if err != nil {
		return nil, err
	}
	return &file{ContentType: media, Disposition: `inline; filename="` + name + `"`, Body: body}, nil
}

// sameID refuses a body that is another's: a copy sent to the wrong address
// would overwrite a person with another of the same name.
func sameID(path, body string) error {
	if body != "" && body != path {
		return invalid("id", "the id of the address, or none")
	}
	return nil
}
