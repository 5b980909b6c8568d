package store

import "courtcircuit/protocol"

// Bodies and grants as they stand in a slot: all members in the order of the struct, so
// that nothing is looked up. TestSlotsHoldAllMembers fails for one that was
// forgotten.

func (w *slotWriter) profile(p *protocol.Profile) {
	w.string(p.Name)
	w.string(p.Headline)
	w.string(p.About)
	w.place(&p.Place)
	optionalTo(w, p.RadiusKm)
	w.texts(p.Skills)
	w.texts(p.Languages)
	w.modes(p.Modes)
	optionalTo(w, p.AvailableFrom)
	optionalTo(w, p.DaysPerWeek)
	w.uint(uint64(p.Since))
	w.count(len(p.Links), p.Links == nil)
	for _, l := range p.Links {
		w.string(l.Label)
		w.string(l.URL)
	}
	w.int(p.ConfirmedAtMillis)
	w.count(len(p.Memberships), p.Memberships == nil)
	for _, m := range p.Memberships {
		w.bytes(m)
	}
}

func (r *slotReader) profile() *protocol.Profile {
	p := &protocol.Profile{
		Name: r.string(), Headline: r.string(), About: r.string(), Place: r.place(), RadiusKm: optionalFrom[uint](r),
		Skills: r.texts(), Languages: r.texts(), Modes: r.modes(), AvailableFrom: optionalFrom[protocol.Date](r),
		DaysPerWeek: optionalFrom[uint](r), Since: uint(r.uint()),
	}
	if n, some := r.count(); some {
		p.Links = make([]protocol.Link, n)
		for i := range p.Links {
			p.Links[i].Label, p.Links[i].URL = r.string(), r.string()
		}
	}
	p.ConfirmedAtMillis = r.int()
	if n, some := r.count(); some {
		p.Memberships = make([][]byte, n)
		for i := range p.Memberships {
			p.Memberships[i] = r.bytes()
		}
	}
	return p
}

func (w *slotWriter) mission(m *protocol.Mission) {
	w.string(m.Title)
	w.string(m.Description)
	w.place(&m.Place)
	w.modes(m.Modes)
	w.texts(m.Languages)
	w.count(len(m.Needs), m.Needs == nil)
	for i := range m.Needs {
		w.string(m.Needs[i].Skill)
		w.uint(uint64(m.Needs[i].Count))
		w.uint(uint64(m.Needs[i].Days))
	}
	optionalTo(w, m.Start)
	optionalTo(w, m.ApplyBy)
	w.count(0, m.Budget == nil)
	if b := m.Budget; b != nil {
		w.uint(uint64(b.Min))
		w.uint(uint64(b.Max))
		w.string(b.Currency)
		w.string(b.Per)
	}
	w.string(m.Contract)
	w.b = append(w.b, byte(m.State))
}

func (r *slotReader) mission() *protocol.Mission {
	m := &protocol.Mission{Title: r.string(), Description: r.string(), Place: r.place(), Modes: r.modes(), Languages: r.texts()}
	if n, some := r.count(); some {
		m.Needs = make([]protocol.Need, n)
		for i := range m.Needs {
			m.Needs[i] = protocol.Need{Skill: r.string(), Count: uint(r.uint()), Days: uint(r.uint())}
		}
	}
	m.Start, m.ApplyBy = optionalFrom[protocol.Date](r), optionalFrom[protocol.Date](r)
	if _, some := r.count(); some {
		m.Budget = &protocol.Budget{Min: uint(r.uint()), Max: uint(r.uint()), Currency: r.string(), Per: r.string()}
	}
	m.Contract, m.State = r.string(), protocol.MissionState(r.byte())
	return m
}

func (w *slotWriter) place(p *protocol.Place) {
	w.int(int64(p.LatCenti))
	w.int(int64(p.LonCenti))
	w.string(p.Name)
	w.string(p.Area)
	w.string(p.Country)
	approximate := byte(0)
	if p.Approximate {
		approximate = 1
	}
	w.b = append(w.b, approximate)
}

func (r *slotReader) place() protocol.Place {
	return protocol.Place{
		LatCenti: int(r.int()), LonCenti: int(r.int()), Name: r.string(), Area: r.string(), Country: r.string(), Approximate: r.byte() != 0,
	}
}

func (w *slotWriter) modes(modes []protocol.WorkMode) {
	w.count(len(modes), modes == nil)
	for _, m := range modes {
		w.b = append(w.b, byte(m))
	}
}

func (r *slotReader) modes() []protocol.WorkMode {
	n, some := r.count()
	if !some {
		return nil
	}
	out := make([]protocol.WorkMode, n)
	for i := range out {
		out[i] = protocol.WorkMode(r.byte())
	}
	return out
}

func optionalTo[T ~uint | ~uint32](w *slotWriter, n *T) {
	if n == nil {
		w.uint(0)
		return
	}
	w.uint(uint64(*n) + 1)
}

func optionalFrom[T ~uint | ~uint32](r *slotReader) *T {
	n := r.uint()
	if n == 0 {
		return nil
	}
	out := T(n - 1)
	return &out
}

func (w *slotWriter) grant(g *heldGrant) {
	w.b = append(w.b, g.by[:]...)
	w.b = append(append(w.b, g.Collective.FirstKey[:]...), g.Collective.RecoveryHash[:]...)
	w.count(0, g.Collective.Succession == nil)
	if s := g.Collective.Succession; s != nil {
		w.b = append(w.b, s.RecoveryKey[:]...)
		w.uint(uint64(s.N))
		w.b = append(append(w.b, s.NewKey[:]...), s.Proof[:]...)
	}
	w.int(g.IssuedAtMillis)
	w.int(g.ExpiresAtMillis)
	w.b = append(append(w.b, byte(g.Custody)), g.Signature[:]...)
}

func (r *slotReader) grant() (g heldGrant) {
	g.by = protocol.Identity(r.take(32))
	g.Collective.FirstKey, g.Collective.RecoveryHash = protocol.PublicKey(r.take(32)), [32]byte(r.take(32))
	if _, some := r.count(); some {
		g.Collective.Succession = &protocol.Succession{
			RecoveryKey: protocol.PublicKey(r.take(32)), N: uint32(r.uint()), NewKey: protocol.PublicKey(r.take(32)),
			Proof: protocol.Signature(r.take(signatureBytes)),
		}
	}
	g.IssuedAtMillis, g.ExpiresAtMillis = r.int(), r.int()
	g.Custody, g.Signature = protocol.Custody(r.byte()), protocol.Signature(r.take(signatureBytes))
	return g
}
