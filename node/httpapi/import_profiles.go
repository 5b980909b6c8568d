package httpapi

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"reflect"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"courtcircuit/node/httpapi/api"
)

func (a *API) registerImport() {
	register(a, route{id: "import-profiles", method: http.MethodPost, path: prefix + "/profiles/import", access: private,
		summary: `Publish many cards: one {"ref", "profile", "profile_id", "another"} a line; one result a line comes back while lines go out`},
		func(ctx context.Context, _ *none) (*stream, error) {
			return &stream{Body: func(hc huma.Context) {
				r, w := humago.Unwrap(hc)
				a.importProfiles(ctx, w, r)
			}}, nil
		},
		produces(linesType),
		func(op *huma.Operation) {
			schemas := a.huma.OpenAPI().Components.Schemas
			schemas.Schema(reflect.TypeFor[api.Import](), true, "Import")
			schemas.Schema(reflect.TypeFor[api.ImportResult](), true, "ImportResult")
			op.Description = fmt.Sprintf("At most %d bytes in all and %d a line. A bad line is answered by its number; the good ones go in. "+
				"Lines are schema Import, answers schema ImportResult.", a.cfg.MaxImportBytes, a.cfg.MaxBodyBytes)
			op.RequestBody = &huma.RequestBody{Required: true, Content: map[string]*huma.MediaType{
				linesType: {Schema: &huma.Schema{Type: huma.TypeString}},
			}}
		})
}

// importer reads lines, hands them on in batches and answers each, in the
// order of the lines.
type importer struct {
	api     *API
	control *http.ResponseController
	out     *json.Encoder
	schema  *huma.Schema
	waiting []importLine // at most ImportBatch
}

// importLine is a line that was read and not yet answered.
type importLine struct {
	number  int
	item    api.Import
	problem *api.Problem // nil: the item is to be published
}

// importProfiles answers 200 before anything is read, because results go out
// while lines still come in; everything after that is said line by line.
func (a *API) importProfiles(ctx context.Context, w http.ResponseWriter, r *http.Request) {
	im := a.newImporter(w)
	_ = im.control.EnableFullDuplex() // test recorders cannot and need not
	im.moveDeadlines()
	if r.ContentLength > a.cfg.MaxImportBytes {
		writeProblem(w, tooLarge(a.cfg.MaxImportBytes))
		return
	}
	w.Header().Set("Content-Type", linesType)
	if err := im.run(ctx, http.MaxBytesReader(nil, r.Body, a.cfg.MaxImportBytes)); err != nil {
		a.log.DebugContext(ctx, "import ended early", "error", err)
	}
}

func (a *API) newImporter(w http.ResponseWriter) *importer {
	return &importer{
		api: a, control: http.NewResponseController(w), out: json.NewEncoder(w),
		schema: a.huma.OpenAPI().Components.Schemas.Schema(reflect.TypeFor[api.Import](), false, "Import"),
	}
}

func tooLarge(limit int64) *api.Problem {
	return api.NewProblem(http.StatusRequestEntityTooLarge, fmt.Sprintf("the body is too large: at most %d bytes", limit))
}

func (im *importer) moveDeadlines() {
	_ = im.control.SetReadDeadline(time.Now().Add(readTimeout))
	_ = im.control.SetWriteDeadline(time.Now().Add(writeTimeout))
}

// run reads to the end. Its error means that nobody is left to tell.
func (im *importer) run(ctx context.Context, body io.Reader) error {
	lines := bufio.NewScanner(body)
	longest := int(im.api.cfg.MaxBodyBytes)
	lines.Buffer(make([]byte, 0, min(4096, longest)), longest)
	number := 0
	for lines.Scan() {
		number++
		im.moveDeadlines()
		line := bytes.TrimSpace(lines.Bytes())
		if len(line) == 0 {
			continue
		}
		item, problem := im.parseLine(line)
		im.waiting = append(im.waiting, importLine{number: number, item: item, problem: problem})
		if len(im.waiting) == im.api.cfg.ImportBatch {
			if err := im.handOn(ctx); err != nil {
				return err
			}
		}
	}
	if err := lines.Err(); err != nil {
		im.waiting = append(im.waiting, importLine{number: number + 1, problem: im.readProblem(err)})
	}
	return im.handOn(ctx)
}

// readProblem says why reading stopped; what came before is in.
func (im *importer) readProblem(err error) *api.Problem {
	var bodyTooLarge *http.MaxBytesError
	switch {
	case errors.As(err, &bodyTooLarge):
		return tooLarge(bodyTooLarge.Limit)
	case errors.Is(err, bufio.ErrTooLong):
		return api.NewProblem(http.StatusRequestEntityTooLarge,
			fmt.Sprintf("the line is too long: at most %d bytes; it and all after it were left out", im.api.cfg.MaxBodyBytes))
	}
	return api.NewProblem(http.StatusRequestTimeout, "the lines stopped coming; those after this one were left out")
}

// parseLine checks a line as strictly as the body of a single card.
func (im *importer) parseLine(line []byte) (api.Import, *api.Problem) {
	var raw any
	var item api.Import
	if err := json.Unmarshal(line, &raw); err != nil {
		p := api.NewProblem(http.StatusBadRequest, err.Error())
		p.Field, p.Expected = "line", "valid JSON on one line"
		return item, p
	}
	var found huma.ValidateResult
	huma.Validate(im.api.huma.OpenAPI().Components.Schemas, im.schema, huma.NewPathBuffer([]byte("body"), len("body")),
		huma.ModeWriteToServer, raw, &found)
	var wrong []api.FieldProblem
	for _, err := range found.Errors {
		var detail *huma.ErrorDetail
		if errors.As(err, &detail) {
			p := fieldProblem(detail)
			// The sender thinks of the card's fields, not of the line's envelope.
			if field := strings.TrimPrefix(p.Field, "profile."); field != "" {
				p.Field = field
			}
			wrong = append(wrong, p)
		}
	}
	if len(wrong) > 0 {
		return item, invalidFields(http.StatusUnprocessableEntity, wrong)
	}
	if err := json.Unmarshal(line, &item); err != nil {
		return item, invalidFields(http.StatusUnprocessableEntity, []api.FieldProblem{{Field: "line", Expected: err.Error()}})
	}
	return item, nil
}

// handOn publishes what waits and answers each of it.
func (im *importer) handOn(ctx context.Context) error {
	var items []api.Import
	for _, line := range im.waiting {
		if line.problem == nil {
			items = append(items, line.item)
		}
	}
	done, err := im.publish(ctx, items)
	im.moveDeadlines()
	for _, line := range im.waiting {
		result := api.ImportResult{Line: line.number, Ref: line.item.Ref, Name: line.item.Profile.Name, Problem: line.problem}
		if line.problem == nil {
			failure := err
			if failure == nil {
				failure = done[0].Err
				fill(&result, &done[0].Published)
				done = done[1:]
			}
			if failure != nil {
				result = api.ImportResult{Line: line.number, Ref: result.Ref, Name: result.Name, Problem: im.api.problemOf(ctx, failure)}
			}
		}
		if err := im.out.Encode(result); err != nil {
			return fmt.Errorf("write result of line %d: %w", line.number, err)
		}
	}
	im.waiting = im.waiting[:0]
	if err := im.control.Flush(); err != nil {
		return fmt.Errorf("flush results: %w", err)
	}
	return nil
}

func (im *importer) publish(ctx context.Context, items []api.Import) ([]api.Imported, error) {
	if len(items) == 0 {
		return nil, nil
	}
	done, err := im.api.backend.PublishProfiles(ctx, items)
	if err == nil && len(done) != len(items) {
		err = fmt.Errorf("publish %d profiles: %d results", len(items), len(done))
	}
	return done, err
}

func fill(result *api.ImportResult, p *api.Published) {
	result.ID, result.RecoverySecret, result.Created, result.Unchanged = p.ID, p.RecoverySecret, p.Created, p.Unchanged
	if p.Name != "" {
		result.Name = p.Name
	}
}
