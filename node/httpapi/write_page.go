package httpapi

import (
	"net/http"
	"reflect"
	"strconv"
	"sync"

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
	Body          func(huma.Context)
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

// pageBuffers hold what is being written: a page of tens of kilobytes for each
// answer is much of what there is to clear and to collect.
var pageBuffers = sync.Pool{New: func() any { return new([]byte) }}

// maxPooledBytes: longer pages are rare, and their buffers are not kept.
const maxPooledBytes = 1 << 20

func writePage[T any](page card.Page[T], err error, item func(*T, []byte) ([]byte, error)) (*written, error) {
	if err != nil {
		return nil, err
	}
	buffer := pageBuffers.Get().(*[]byte)
	body, err := card.AppendPage((*buffer)[:0], &page, item)
	if err != nil {
		return nil, err
	}
	body = append(body, '\n')
	return &written{ContentType: "application/json", ContentLength: strconv.Itoa(len(body)), Vary: varies, Body: func(ctx huma.Context) {
		_, _ = ctx.BodyWriter().Write(body) // an error is the reader's, who is gone
		if *buffer = body; cap(body) <= maxPooledBytes {
			pageBuffers.Put(buffer)
		}
	}}, nil
}
