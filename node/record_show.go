package node

import (
	"context"
	"errors"
	"fmt"
	"time"

	"courtcircuit/node/card"
	"courtcircuit/node/httpapi/api"
	"courtcircuit/protocol"
	"courtcircuit/store"
)

// Record gives one version of a record as it was signed, for anyone to
// verify, and its card when this version of the program understands the body.
func (n *Node) Record(_ context.Context, recordID string) (wire []byte, view any, err error) {
	now := n.now()
	raw, err := parseID("record", recordID)
	if err != nil {
		return nil, nil, err
	}
	rec, err := n.store.ByRecordID(raw)
	if errors.Is(err, store.ErrNotFound) || (err == nil && !now.Before(rec.Header.ExpiresAt())) {
		return nil, nil, notFound("record", recordID)
	}
	if err != nil {
		return nil, nil, fmt.Errorf("read record: %w", err)
	}
	if wire = rec.Wire(); wire == nil {
		p := notFound("record", recordID)
		p.Detail = "only the header of this record is held here, without its body"
		return nil, nil, p
	}
	if n.hidden.skips(rec.Key()) {
		return nil, nil, errHidden()
	}
	body, err := protocol.DecodeBody(n.cfg.Network, &rec)
	if err != nil {
		// Bodies that were not understood are relayed, never shown.
		p := notFound("record", recordID)
		p.Detail = "the body of this record is not understood by this version"
		return nil, nil, p
	}
	view, err = n.viewOf(&rec, body, now)
	return wire, view, err
}

func (n *Node) viewOf(rec *protocol.Record, body any, now time.Time) (any, error) {
	switch b := body.(type) {
	case *protocol.Profile:
		return n.wholeProfile(rec, b, now)
	case *protocol.Mission:
		return n.wholeMission(rec, b, now), nil
	case *protocol.Collective:
		return n.wholeCollective(rec, b, now)
	}
	return nil, nil // dismissal, erasure, succession and tombstones say all in the header
}

// SubmitRecord takes a record that was sealed elsewhere, by a person who keeps
// their own key. It is durable when the method returns.
func (n *Node) SubmitRecord(ctx context.Context, wire []byte) (api.Submitted, error) {
	v, err := n.opener.Open(wire, n.now())
	if err != nil {
		return api.Submitted{}, recordProblem(err)
	}
	if err := v.BodyFault(); err != nil {
		return api.Submitted{}, recordProblem(err)
	}
	outcomes, err := n.ingest(ctx, []protocol.Verified{v}, sourceLocal)
	if err != nil {
		return api.Submitted{}, problemOf(err)
	}
	if outcomes[0] == store.Stored {
		n.tell(ctx, [][]byte{wire})
	}
	rec := v.Record()
	return api.Submitted{RecordID: rec.ID.String(), ID: publicIDString(rec.Key()), Outcome: outcomes[0].String()}, nil
}

func recordProblem(err error) error {
	var field *protocol.FieldError
	if errors.As(err, &field) {
		return invalid(field.Field, field.Expected, "the record's body is refused")
	}
	return &card.Problem{Cause: card.Invalid, Field: "record", Expected: "a signed record of this network", Detail: err.Error()}
}
