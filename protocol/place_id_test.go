package protocol

import (
	"bytes"
	"errors"
	"math"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestZones(t *testing.T) {
	for _, row := range []struct {
		lat, lon int
		want     uint16
	}{
		{-9000, -18000, 1}, {-9000, -17501, 1}, {-9000, -17500, 2}, {-8501, 17999, 72}, {-8500, -18000, 73},
		{0, 0, 1 + 72*18 + 36}, {-1, -1, 1 + 72*17 + 35}, {4360, 144, 1 + 72*26 + 36}, {8999, 17999, 1 + 72*35 + 71},
		{9000, -18000, 1 + 72*36}, {9000, 17999, maxZone},
		{9001, 0, 0}, {-9001, 0, 0}, {0, 18000, 0}, {0, -18001, 0}, {math.MaxInt, 0, 0}, {math.MinInt, 0, 0},
	} {
		if got := ZoneOf(row.lat, row.lon); got != row.want {
			t.Errorf("%d, %d: zone %d, want %d", row.lat, row.lon, got, row.want)
		}
	}
}

func TestPlaceAt(t *testing.T) {
	for _, row := range []struct {
		lat, lon           float64
		latCenti, lonCenti int
	}{
		{43.6045, 1.4440, 4360, 144}, {-43.605, -1.445, -4361, -145}, {90, 180, 9000, -18000}, {-90, -180, -9000, -18000},
		{0, 179.996, 0, -18000}, {0, 179.994, 0, 17999}, {0.004, -0.004, 0, 0}, {0.005, -0.005, 1, -1},
	} {
		p := PlaceAt(row.lat, row.lon)
		if p.LatCenti != row.latCenti || p.LonCenti != row.lonCenti || p.Zone() == 0 {
			t.Errorf("%v, %v: %d, %d", row.lat, row.lon, p.LatCenti, p.LonCenti)
		}
		if math.Abs(p.LatDegrees()-row.lat) > 0.0051 {
			t.Errorf("%v comes back as %v", row.lat, p.LatDegrees())
		}
	}
	for _, bad := range []float64{math.NaN(), math.Inf(1), math.Inf(-1), 361, -1e300} {
		if PlaceAt(bad, 0).Zone() != 0 || PlaceAt(0, bad).Zone() != 0 {
			t.Errorf("%v is somewhere", bad)
		}
	}
}

func TestParseID(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		id := Identity(rapid.SliceOfN(rapid.Byte(), 32, 32).Draw(t, "id"))
		s := id.String()
		if back, err := ParseIdentity(s); err != nil || back != id {
			t.Fatal(err)
		}
		if back, err := ParseRecordID(s); err != nil || back.String() != s {
			t.Fatal(err)
		}
		if back, err := ParseStableID(s); err != nil || back.String() != s {
			t.Fatal(err)
		}
		n := rapid.IntRange(1, len(s)).Draw(t, "letters")
		first, last, err := ParseIDPrefix(s[:n])
		if err != nil || bytes.Compare(first[:], id[:]) > 0 || bytes.Compare(last[:], id[:]) < 0 {
			t.Fatal("the id is not among those that begin like it", err)
		}
		if !strings.HasPrefix(Identity(first).String(), s[:n]) || !strings.HasPrefix(Identity(last).String(), s[:n]) {
			t.Fatal("ids that begin otherwise")
		}
		one := Identity(first)
		for i := len(one) - 1; i >= 0; i-- { // the id just before the first
			one[i]--
			if one[i] != 0xff {
				break
			}
		}
		if n < 52 && strings.HasPrefix(one.String(), s[:n]) && one.String() < s {
			t.Fatal("not the first")
		}
		if f1, _, err := ParseIDPrefix(id.Fingerprint()); err != nil || !strings.HasPrefix(Identity(f1).String(), s[:12]) {
			t.Fatal("a fingerprint is a beginning", err)
		}
	})
	good := Identity{1, 2}.String()
	for _, bad := range []string{"", good[:51], good + "a", strings.ToUpper(good), good[:51] + "b", good + "\n", " " + good, good[:20] + "\n" + good[20:], strings.Repeat("1", 52), strings.Repeat("é", 500)} {
		if _, err := ParseID(bad); !errors.Is(err, ErrBadID) || len(err.Error()) > 300 {
			t.Errorf("%q: %v", bad, err)
		}
	}
	for _, bad := range []string{"", "-", good + "a", good[:51] + "b", "a1", "a b", "a\n", "é"} {
		if _, _, err := ParseIDPrefix(bad); !errors.Is(err, ErrBadID) {
			t.Errorf("prefix %q: %v", bad, err)
		}
	}
}

func TestPublicIDs(t *testing.T) {
	id := Identity{3}
	for _, k := range []Kind{KindProfile, KindCollective} {
		if (RecordKey{id, k, ""}).PublicID() != id {
			t.Error(k, "is not called by its identity")
		}
	}
	seen := map[StableID]bool{}
	for _, key := range []RecordKey{{id, KindMission, ""}, {id, KindMission, "a"}, {id, KindErasure, "a"}, {Identity{4}, KindMission, "a"}} {
		if key.PublicID() != key.StableID() || seen[key.StableID()] {
			t.Error("stable ids collide")
		}
		seen[key.StableID()] = true
	}
}

func TestRecoverySecretText(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		secret := RecoverySecret(rapid.SliceOfN(rapid.Byte(), 32, 32).Draw(t, "secret"))
		s := secret.String()
		typed := strings.NewReplacer("0", "o", "1", "l", "-", " – ").Replace(strings.ToLower(s))
		for _, form := range []string{s, strings.ToLower(s), strings.ReplaceAll(s, "-", ""), typed, "\r\n\t" + strings.ReplaceAll(s, "1", "I") + "\u00a0"} {
			if back, err := ParseRecoverySecret(form); err != nil || back != secret {
				t.Fatalf("%q: %v", form, err)
			}
		}
		i := rapid.IntRange(5, len(s)-1).Draw(t, "slip")
		slip := []byte(s)
		slip[i] = rapid.SampledFrom([]byte("0123456789ABCDEFGHJKMNPQRSTVWXYZ")).Draw(t, "letter")
		if s[i] != '-' && slip[i] != s[i] {
			if _, err := ParseRecoverySecret(string(slip)); !errors.Is(err, ErrBadRecoverySecret) {
				t.Fatal("a slip passed")
			}
		}
	})
	good := RecoverySecret{}.String()
	for _, bad := range []string{"", "CCR1", good[1:], good[:len(good)-1], good + "0", strings.Replace(good, "CCR1", "CCR2", 1), strings.Repeat("-", 2000), good + "U"} {
		if _, err := ParseRecoverySecret(bad); !errors.Is(err, ErrBadRecoverySecret) {
			t.Errorf("%q: %v", bad, err)
		}
	}
}

func TestDates(t *testing.T) {
	for s, want := range map[string]Date{"1970-01-01": 0, "1970-01-02": 1, "2026-12-01": 20788, "2169-12-31": maxDate} {
		d, err := ParseDate(s)
		if err != nil || d != want || d.String() != s || DateOf(d.Time()) != d {
			t.Errorf("%s: %d %v", s, d, err)
		}
	}
	for _, bad := range []string{"", "1969-12-31", "2170-01-01", "2026-02-30", "2026-2-3", "01/12/2026"} {
		if _, err := ParseDate(bad); err == nil {
			t.Errorf("%q is a day", bad)
		}
	}
	late := time.Date(2026, 12, 1, 23, 30, 0, 0, time.FixedZone("", -5*3600))
	if DateOf(late).String() != "2026-12-01" {
		t.Error("a day is what the calendar there shows")
	}
}
