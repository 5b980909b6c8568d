package main

import (
	"bufio"
	"context"
	"crypto/rand"
	"encoding/binary"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"courtcircuit/protocol"
	"courtcircuit/protocol/reconcile"
	"courtcircuit/store"
)

// fill puts count profiles into the home of a node that does not run, and
// writes what the attacker needs to know of them: hour and id of each.
func fill(home string, count int, ids string) (err error) {
	opener, err := protocol.NewOpener(network, 1)
	if err != nil {
		return err
	}
	s, err := store.Open(store.DefaultConfig(filepath.Join(home, "store")), opener, slog.New(slog.DiscardHandler))
	if err != nil {
		return err
	}
	defer func() {
		if closeErr := s.Close(); err == nil {
			err = closeErr
		}
	}()
	out, err := os.Create(ids)
	if err != nil {
		return err
	}
	defer out.Close()
	w := bufio.NewWriter(out)
	for done := 0; done < count; {
		wires := make([][]byte, min(500, count-done))
		for i := range wires {
			if wires[i], err = profile(done + i); err != nil {
				return err
			}
		}
		vs, errs := opener.OpenBatch(wires, time.Now())
		for i, v := range vs {
			if errs[i] != nil {
				return errs[i]
			}
			rec := v.Record()
			w.Write(binary.BigEndian.AppendUint32(nil, rec.Header.ExpiryHour()))
			w.Write(rec.ID[:])
		}
		if _, err := s.PutBatch(context.Background(), vs, time.Now()); err != nil {
			return err
		}
		done += len(wires)
	}
	return w.Flush()
}

func profile(number int) ([]byte, error) {
	author, _, err := protocol.NewAuthor(rand.Reader)
	if err != nil {
		return nil, err
	}
	now := time.Now()
	p := &protocol.Profile{
		Name: fmt.Sprintf("Camille Moreau %d", number), Place: protocol.PlaceAt(43.6, 1.44), Skills: []string{"graphisme"}, Languages: []string{"fr"},
		ConfirmedAtMillis: now.UnixMilli(),
	}
	d, err := p.Draft(nil, now.UnixMilli())
	if err != nil {
		return nil, err
	}
	return protocol.Seal(network, author, d)
}

func readItems(path string) ([]reconcile.Item, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	const each = 4 + 32
	items := make([]reconcile.Item, len(data)/each)
	for i := range items {
		at := data[i*each:]
		items[i].ExpiryHour = binary.BigEndian.Uint32(at)
		copy(items[i].ID[:], at[4:each])
	}
	return items, nil
}
