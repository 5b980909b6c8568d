package notify

import (
	"testing"
	"time"
)

func day(t testing.TB, s string) time.Time {
	t.Helper()
	at, err := time.ParseInLocation("2006-01-02 15:04", s, paris)
	if err != nil {
		t.Fatal(err)
	}
	return at
}

// Dates of Easter as the Bureau des longitudes and almanacs print them, the
// earliest and latest that are possible among them.
func TestEasterSunday(t *testing.T) {
	for _, want := range []string{
		"1818-03-22", "1943-04-25", "1961-04-02", "2000-04-23", "2008-03-23", "2016-03-27", "2019-04-21", "2020-04-12", "2021-04-04", "2022-04-17",
		"2023-04-09", "2024-03-31", "2025-04-20", "2026-04-05", "2027-03-28", "2028-04-16", "2029-04-01", "2030-04-21", "2038-04-25", "2285-03-22",
	} {
		at, err := time.Parse(time.DateOnly, want)
		if err != nil {
			t.Fatal(err)
		}
		if got := easterSunday(at.Year()); !got.Equal(at) {
			t.Errorf("%d: %s, not %s", at.Year(), got.Format(time.DateOnly), want)
		}
	}
}

// All eleven days off of years whose calendars are known.
func TestHolidays(t *testing.T) {
	for year, want := range map[int][]string{
		2024: {"01-01", "04-01", "05-01", "05-08", "05-09", "05-20", "07-14", "08-15", "11-01", "11-11", "12-25"},
		2025: {"01-01", "04-21", "05-01", "05-08", "05-29", "06-09", "07-14", "08-15", "11-01", "11-11", "12-25"},
		2026: {"01-01", "04-06", "05-01", "05-08", "05-14", "05-25", "07-14", "08-15", "11-01", "11-11", "12-25"},
		2027: {"01-01", "03-29", "05-01", "05-06", "05-08", "05-17", "07-14", "08-15", "11-01", "11-11", "12-25"},
	} {
		var got []string
		for at := time.Date(year, 1, 1, 12, 0, 0, 0, paris); at.Year() == year; at = at.AddDate(0, 0, 1) {
			if isHoliday(at) {
				got = append(got, at.Format("01-02"))
			}
		}
		if len(got) != len(want) {
			t.Fatalf("%d: %v", year, got)
		}
		for i := range want {
			if got[i] != want[i] {
				t.Errorf("%d: %s, not %s", year, got[i], want[i])
			}
		}
	}
}

func TestAddWorkingDays(t *testing.T) {
	for name, c := range map[string]struct {
		from string
		days int
		want string
	}{
		"within a week":           {"2026-11-23 10:00", 2, "2026-11-25 10:00"},
		"over a weekend":          {"2026-11-20 17:30", 2, "2026-11-24 17:30"},
		"from a Saturday":         {"2026-11-21 09:00", 2, "2026-11-24 09:00"},
		"from a Sunday, five":     {"2026-11-22 23:59", 5, "2026-11-27 23:59"},
		"over 11 November":        {"2026-11-10 08:00", 2, "2026-11-13 08:00"},
		"over Christmas":          {"2026-12-24 12:00", 2, "2026-12-29 12:00"},
		"over Easter":             {"2026-04-03 12:00", 1, "2026-04-07 12:00"},
		"over Ascension":          {"2026-05-13 12:00", 1, "2026-05-15 12:00"},
		"over the new year":       {"2025-12-31 12:00", 1, "2026-01-02 12:00"},
		"clocks go back":          {"2026-10-23 02:30", 1, "2026-10-26 02:30"},
		"clocks go forward":       {"2026-03-27 02:30", 1, "2026-03-30 02:30"},
		"none":                    {"2026-11-21 09:00", 0, "2026-11-21 09:00"},
		"a night that is not UTC": {"2026-11-24 00:30", 1, "2026-11-25 00:30"},
	} {
		from, want := day(t, c.from), day(t, c.want)
		if got := AddWorkingDays(from.UTC(), c.days); !got.Equal(want) {
			t.Errorf("%s: %s, not %s", name, got, want)
		}
	}
}

// The two functions are each other's opposite, and the number grows by one at
// exactly the times that AddWorkingDays gives.
func TestWorkingDaysBetween(t *testing.T) {
	for hours := range 24 * 30 {
		from := day(t, "2026-04-20 00:15").Add(time.Duration(hours) * time.Hour)
		for n := 1; n <= 6; n++ {
			to := AddWorkingDays(from, n)
			if got := WorkingDaysBetween(from, to); got != n {
				t.Fatalf("%d days from %s to %s", got, from, to)
			}
			if got := WorkingDaysBetween(from, to.Add(-time.Second)); got != n-1 {
				t.Fatalf("%d days from %s to just before %s", got, from, to)
			}
		}
	}
	if got := WorkingDaysBetween(day(t, "2026-11-24 10:00"), day(t, "2026-11-20 10:00")); got != 0 {
		t.Errorf("%d days backwards", got)
	}
}

// Numbers of working days of whole years, as payroll offices publish them.
func TestWorkingDaysOfYears(t *testing.T) {
	for year, want := range map[int]int{2023: 251, 2024: 252, 2025: 251, 2026: 252} {
		from, to := time.Date(year-1, 12, 31, 12, 0, 0, 0, paris), time.Date(year, 12, 31, 12, 0, 0, 0, paris)
		if got := WorkingDaysBetween(from, to); got != want {
			t.Errorf("%d: %d, not %d", year, got, want)
		}
	}
}
