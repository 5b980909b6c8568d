package store

import (
	"context"
	"encoding/binary"
	"fmt"
	"testing"

	"github.com/dgraph-io/badger/v4"

	"courtcircuit/protocol"
)

// BenchmarkEraseAbout: a person of whom many speak is erased. µs/record is what
// grows when each commit looks at all of them again.
func BenchmarkEraseAbout(b *testing.B) {
	o := testOpener(b)
	for _, many := range []int{16_000, 64_000} {
		b.Run(fmt.Sprint(many), func(b *testing.B) {
			anna := newActor(b, 1)
			id := anna.Identity()
			var about []protocol.Verified
			for i := range many {
				about = append(about, newActor(b, 100+uint64(i)).seal(b, o, protocol.DismissalDraft(id, t0.UnixMilli())))
			}
			erasure := anna.seal(b, o, protocol.ErasureDraft(nil, t0.UnixMilli()))
			for b.Loop() {
				b.StopTimer()
				s := openStore(b, memoryConfig(), o)
				putAll(b, s, about, t0)
				b.StartTimer()
				putAll(b, s, []protocol.Verified{erasure}, t0)
			}
			b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(b.N*many), "µs/record")
		})
	}
}

// BenchmarkListWaitingTexts: what all rounds of a purge take to list the texts
// that wait, without dropping them.
func BenchmarkListWaitingTexts(b *testing.B) {
	o := testOpener(b)
	for _, many := range []int{20_000, 160_000} {
		b.Run(fmt.Sprint(many), func(b *testing.B) {
			for b.Loop() {
				b.StopTimer()
				cfg := memoryConfig()
				cfg.MemTableBytes = 64 << 20
				s := openStore(b, cfg, o)
				w := s.db.NewWriteBatch()
				for i := range many {
					var id protocol.RecordID
					binary.BigEndian.PutUint64(id[:], uint64(i)*0x9e3779b97f4a7c15)
					if err := w.Set(purgeKey(id), purgeValue(i%8 == 0)); err != nil {
						b.Fatal(err)
					}
				}
				if err := w.Flush(); err != nil {
					b.Fatal(err)
				}
				b.StartTimer()
				listAll(b, s, many)
			}
			b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(b.N*many), "µs/text")
		})
	}
}

// listAll lists as a purge does and takes the notes away.
func listAll(b *testing.B, s *Store, many int) {
	b.Helper()
	pass, listed := &purgePass{}, 0
	for !pass.done {
		ids, err := s.waitingTexts(pass, maxDrop)
		if err == nil {
			err = s.exec(context.Background(), func() error {
				return s.update(func(txn *badger.Txn) error {
					for _, id := range ids {
						if err := txn.Delete(purgeKey(id)); err != nil {
							return err
						}
					}
					return nil
				})
			})
		}
		if err != nil {
			b.Fatal(err)
		}
		listed += len(ids)
	}
	if listed != many {
		b.Fatalf("%d of %d listed", listed, many)
	}
}
