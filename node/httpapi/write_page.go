package httpapi

import (
	"net/http"
	"reflect"
	"strconv"

	"github.com/danielgtaylor/huma/v2"

	"courtcircuit/node/card"
)

// written is a page of results as JSON. Reflection over twenty whole cards
// takes longer than finding them.
type written struct {
	ContentType string `header:"Content-Type" hidden:"true"`
	// ContentLength spares the answer to be sent in chunks.
	ContentLength string `header:"Content-Length" hidden:"true"`
	Vary          string `header:"Vary"`
	Body          []byte
}

// describesPage says in the OpenAPI document what the bytes of a written page
// are: the JSON of T.
func describesPage[T any](a *API) func(*huma.Operation) {
	return func(op *huma.Operation) {
		schema := a.huma.OpenAPI().Components.Schemas.Schema(reflect.TypeFor[card.Page[T]](), true, "")
		op.Responses["200"] = &huma.Response{
			Description: http.StatusText(http.StatusOK), Content: map[string]*huma.MediaType{"application/json": {Schema: schema}},
			Headers: map[string]*huma.Param{"Vary": {Schema: &huma.Schema{Type: huma.TypeString}}},
		}
	}
}

// bytesOfCard is room for most cards with their reasons.
const bytesOfCard = 2048

func writePage[T any](page card.Page[T], err error, item func(*T, []byte) ([]byte, error)) (*written, error) {
	if err != nil {
		return nil, err
	}
	body, err := card.AppendPage(make([]byte, 0, bytesOfCard*(1+len(page.Results))), &page, item)
	body = append(body, '\n')
	return &written{ContentType: "application/json", ContentLength: strconv.Itoa(len(body)), Vary: varies, Body: body}, err
}
