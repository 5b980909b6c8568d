package shapes

import (
	"bytes"
	"math"
	"reflect"
	"runtime"
	"strings"
	"testing"

	"github.com/klauspost/compress/zstd"
	"pgregory.net/rapid"
)

var drawVertex = rapid.Custom(func(t *rapid.T) Vertex {
	return Vertex{
		X: rapid.Int32Range(-1_800_100, 1_800_100).Draw(t, "x"), Y: rapid.Int32Range(-900_000, 900_000).Draw(t, "y"),
		Level: rapid.Uint8Range(0, MaxLevel).Draw(t, "level"),
	}
})

var drawLayer = rapid.Custom(func(t *rapid.T) Layer {
	line := rapid.Map(rapid.SliceOfN(drawVertex, 2, 20), func(v []Vertex) Line { return v })
	return Layer{Name: rapid.StringMatching(`[a-z]{1,20}`).Draw(t, "name"), Lines: rapid.SliceOfN(line, 0, 8).Draw(t, "lines")}
})

func TestWrittenIsReadBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		layers := rapid.SliceOfN(drawLayer, 0, 4).Draw(t, "layers")
		if err := check(layers); err != nil {
			t.Fatal(err)
		}
		got, err := decodeBody(encodeBody(layers))
		if err != nil || len(got) != len(layers) {
			t.Fatalf("%d layers became %d, %v", len(layers), len(got), err)
		}
		for i := range layers {
			if got[i].Name != layers[i].Name || len(got[i].Lines) != len(layers[i].Lines) {
				t.Fatalf("%+v became %+v", layers[i], got[i])
			}
			for n := range layers[i].Lines {
				if !reflect.DeepEqual(got[i].Lines[n], layers[i].Lines[n]) {
					t.Fatalf("%+v became %+v", layers[i].Lines[n], got[i].Lines[n])
				}
			}
		}
	})
}

func TestSameLayersSameBytes(t *testing.T) {
	layers := []Layer{{Name: "land", Lines: []Line{{{X: 1, Y: 2, Level: 31}, {X: -3, Y: 4}}}}}
	one, err := Encode(layers)
	if err != nil {
		t.Fatal(err)
	}
	other, _ := Encode(layers)
	if got, err := Decode(one); !bytes.Equal(one, other) || err != nil || !reflect.DeepEqual(got, layers) {
		t.Errorf("%x, then %x, read as %+v, %v", one, other, got, err)
	}
}

func TestEncodeRefuses(t *testing.T) {
	line := Line{{X: 1}, {X: 2}}
	for _, c := range []struct {
		name   string
		layers []Layer
	}{
		{"no name", []Layer{{Lines: []Line{line}}}},
		{"a long name", []Layer{{Name: strings.Repeat("a", 256)}}},
		{"a single vertex", []Layer{{Name: "a", Lines: []Line{line[:1]}}}},
		{"beyond a pole", []Layer{{Name: "a", Lines: []Line{{{Y: 900_001}, {}}}}}},
		{"beyond the antimeridian", []Layer{{Name: "a", Lines: []Line{{{X: -1_810_001}, {}}}}}},
		{"no such level", []Layer{{Name: "a", Lines: []Line{{{Level: MaxLevel + 1}, {}}}}}},
		{"too many layers", make([]Layer, MaxLayers+1)},
	} {
		if _, err := Encode(c.layers); err == nil {
			t.Errorf("%s was taken", c.name)
		}
	}
}

func TestDecodeRefuses(t *testing.T) {
	body := encodeBody([]Layer{{Name: "land", Lines: []Line{{{X: 1, Y: 2}, {X: 3, Y: 4}}}}})
	if _, err := decodeBody(body); err != nil {
		t.Fatal(err)
	}
	for n := range body {
		if _, err := decodeBody(body[:n]); err == nil {
			t.Errorf("the first %d of %d bytes were taken", n, len(body))
		}
	}
	if _, err := decodeBody(append(bytes.Clone(body), 0)); err == nil {
		t.Error("a byte too many was taken")
	}
	if _, err := Decode([]byte("no zstd")); err == nil {
		t.Error("bytes that are not compressed were taken")
	}
	// A few bytes that claim a million vertices cost no memory.
	huge := append([]byte(magic), 1, 1, 'a', 1, 0xff, 0xff, 0x7f)
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	_, _ = decodeBody(huge)
	if runtime.ReadMemStats(&after); after.TotalAlloc-before.TotalAlloc > 1<<20 {
		t.Errorf("%d bytes allocated", after.TotalAlloc-before.TotalAlloc)
	}
	w, _ := zstd.NewWriter(nil)
	if _, err := Decode(w.EncodeAll(make([]byte, MaxBodyBytes+1), nil)); err == nil {
		t.Error("more than MaxBodyBytes were taken")
	}
}

func TestLevelOf(t *testing.T) {
	for _, c := range []struct {
		meters float64
		want   Level
	}{{0, 0}, {math.NaN(), 0}, {-1, 0}, {50, 0}, {71, 1}, {100, 2}, {1600, 10}, {math.Inf(1), MaxLevel}} {
		if got := LevelOf(c.meters); got != c.want {
			t.Errorf("LevelOf(%v) = %d, want %d", c.meters, got, c.want)
		}
	}
}

func FuzzDecode(f *testing.F) {
	small := encodeBody([]Layer{{Name: "land", Lines: []Line{{{X: 1, Y: 2, Level: 31}, {X: -3, Y: 4}}}}})
	f.Add(small)
	f.Add(small[:len(small)/2])
	f.Add([]byte(magic))
	f.Fuzz(func(t *testing.T, body []byte) {
		layers, err := decodeBody(body)
		if err != nil {
			return
		}
		if again, err := decodeBody(encodeBody(layers)); err != nil || len(again) != len(layers) {
			t.Errorf("what was read cannot be written: %v", err)
		}
	})
}
