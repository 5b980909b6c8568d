package protocol

import "testing"

func BenchmarkDecodeProfile(b *testing.B) {
	c := newCast(b)
	rec := must(Parse(seal(b, c.person, must(fullProfile().Draft(&c.grant, testNow.UnixMilli())))))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := DecodeBody(testNet, &rec); err != nil {
			b.Fatal(err)
		}
	}
}

// The grant is known after the first round, so this is one check a record.
func BenchmarkOpenBatchOf64Profiles(b *testing.B) {
	c := newCast(b)
	wires := make([][]byte, 64)
	for i := range wires {
		wires[i] = seal(b, c.person, must(fullProfile().Draft(&c.grant, testNow.UnixMilli()+int64(i))))
	}
	o := newOpener(b)
	b.ReportAllocs()
	for b.Loop() {
		if _, errs := o.OpenBatch(wires, testNow); errs[0] != nil {
			b.Fatal(errs[0])
		}
	}
}
