package httpapi

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"courtcircuit/node/card"
	"courtcircuit/node/httpapi/api"
	"courtcircuit/protocol"
)

const recordType = "application/cbor"

type recordInput struct {
	IDPath
	Accept string `header:"Accept" hidden:"true"`
}

type submitInput struct {
	RawBody []byte `contentType:"application/cbor"`
}

func (a *API) registerRecords() {
	register(a, route{id: "get-record", method: http.MethodGet, path: prefix + "/records/{id}",
		summary: "A signed record: its exact bytes, or a description when JSON is asked for"},
		a.getRecord, produces(recordType, "application/json"))
	register(a, route{id: "submit-record", method: http.MethodPost, path: prefix + "/records", access: private,
		summary: "Hand in a record that was sealed elsewhere"},
		func(ctx context.Context, in *submitInput) (*answer[api.Submitted], error) {
			if len(in.RawBody) > protocol.MaxRecordBytes {
				return nil, api.NewProblem(http.StatusRequestEntityTooLarge,
					fmt.Sprintf("a record has at most %d bytes", protocol.MaxRecordBytes))
			}
			done, err := a.backend.SubmitRecord(ctx, in.RawBody)
			return &answer[api.Submitted]{Body: done}, err
		})
}

// produces documents media types that huma cannot know of.
func produces(media ...string) func(*huma.Operation) {
	return func(op *huma.Operation) {
		content := map[string]*huma.MediaType{}
		for _, name := range media {
			content[name] = &huma.MediaType{}
		}
		op.Responses["200"] = &huma.Response{Description: http.StatusText(http.StatusOK), Content: content}
	}
}

func (a *API) getRecord(ctx context.Context, in *recordInput) (*file, error) {
	wire, body, err := a.backend.Record(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	record, err := protocol.Parse(wire)
	if err != nil {
		return nil, fmt.Errorf("parse held record %s: %w", in.ID, err)
	}
	if !record.Header.Kind.Known() {
		// Kept and relayed for others, but never shown: nobody here can say what is in it.
		return nil, &card.Problem{Cause: card.NotFound, Detail: "this record is of a kind that this version does not know"}
	}
	if !prefersJSON(in.Accept) {
		return &file{ContentType: recordType, Vary: "Accept", Disposition: `attachment; filename="` + in.ID + `.cbor"`, Body: wire}, nil
	}
	described, err := json.Marshal(describeRecord(&record, wire, body))
	if err != nil {
		return nil, fmt.Errorf("describe record %s: %w", in.ID, err)
	}
	return &file{ContentType: "application/json", Vary: "Accept", Body: described}, nil
}

// prefersJSON: whoever names JSON and not CBOR before it wants the
// description; everybody else gets the record itself.
func prefersJSON(accept string) bool {
	for part := range strings.SplitSeq(accept, ",") {
		media, _, _ := strings.Cut(part, ";")
		switch strings.ToLower(strings.TrimSpace(media)) {
		case recordType:
			return false
		case "application/json":
			return true
		}
	}
	return false
}

func describeRecord(r *protocol.Record, wire []byte, body any) api.Record {
	h := &r.Header
	id, identity, key := h.Key().PublicID(), h.Signer.Identity(), h.Signer.Key()
	described := api.Record{
		RecordID: r.ID.String(), Kind: h.Kind.String(), ID: protocol.StableID(id).String(),
		Identity: identity.String(), Fingerprint: identity.Fingerprint(),
		Generation: h.Signer.Generation().N, Key: hex.EncodeToString(key[:]),
		IssuedAt: stamp(h.IssuedAt()), ExpiresAt: stamp(h.ExpiresAt()),
		Tombstone: h.IsTombstone(), BodyVersion: h.BodyVersion,
		SizeBytes: len(wire), Signature: hex.EncodeToString(r.Signature[:]), Wire: wire, Body: body,
	}
	if h.About != nil {
		described.About = h.About.String()
	}
	if g := h.Grant; g != nil {
		collective := g.Collective.Identity()
		described.Grant = &api.Grant{
			Collective: collective.String(), Fingerprint: collective.Fingerprint(), Custody: g.Custody.String(),
			IssuedAt: stamp(time.UnixMilli(g.IssuedAtMillis)), ExpiresAt: stamp(time.UnixMilli(g.ExpiresAtMillis)),
		}
	}
	return described
}

func stamp(t time.Time) string { return t.UTC().Format(time.RFC3339Nano) }
