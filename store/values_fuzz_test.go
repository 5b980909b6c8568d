package store

import (
	"bytes"
	"testing"

	"courtcircuit/protocol"
)

// FuzzValues: whatever a damaged database has as the value of a key, nothing
// panics, and what is read is what would be written of it, byte by byte.
func FuzzValues(f *testing.F) {
	w := newWorld(f)
	rec := *w.people[0].profile(f, w.o, protocol.Profile{Skills: []string{"Go"}, Languages: []string{"fr"}}, nil, t0).Record()
	e := entryOf(&rec)
	row := row{id: rec.ID, collectives: []uint64{1}, languages: []uint32{2, 3}, skills: []uint64{4}}
	f.Add((dossier{e, e}).bytes())
	f.Add(publicValue{id: rec.ID, expiry: e.expiry}.bytes())
	f.Add(root{seq: 1, count: 2}.bytes())
	f.Add(row.bytes())
	f.Add(textValue(rec.ID, rec.Body))
	f.Add(append(append(make([]byte, 4), rec.Signature[:]...), rec.HeaderBytes()...))
	f.Fuzz(func(t *testing.T, b []byte) {
		again := map[string][]byte{}
		if d, err := parseDossier(b); err == nil {
			again["dossier"] = d.bytes()
		}
		if p, err := parsePublic(b); err == nil {
			again["public id"] = p.bytes()
		}
		if r, err := parseRoot(b); err == nil {
			again["root"] = r.bytes()
		}
		if body, ok := bodyIn(b); ok {
			again["text"] = append(bytes.Clone(b[:tagBytes+markerBytes]), body...)
		}
		if proof, _, err := parseProof(b); err == nil {
			again["proof"] = append(append(bytes.Clone(b[:4]), proof.Signature[:]...), proof.HeaderBytes()...)
		}
		for what, written := range again {
			if !bytes.Equal(written, b) {
				t.Errorf("%s %x is written %x", what, b, written)
			}
		}
		if v := rowView(b); v.ok() {
			v.collectives()
			v.languages()
			v.hasCollective(1)
			v.hasLanguage(1)
		}
	})
}
