package notify

import (
	"time"
	_ "time/tzdata" // a container or a small machine may have none
)

// paris is the time zone of working days.
var paris = mustLoad("Europe/Paris")

func mustLoad(name string) *time.Location {
	zone, err := time.LoadLocation(name)
	if err != nil {
		panic("notify: " + err.Error()) // tzdata is linked in
	}
	return zone
}

// AddWorkingDays gives the same time of day n working days later. What starts
// on a day off counts from the end of it, so that a Saturday's brief is as old
// on Tuesday as one of Friday evening.
func AddWorkingDays(t time.Time, n int) time.Time {
	// Each day is counted from the start: a time of day that the clocks skip
	// on one day would else be an hour late on all that follow.
	start := t.In(paris)
	day := start
	for i := 1; n > 0; i++ {
		if day = start.AddDate(0, 0, i); IsWorkingDay(day) {
			n--
		}
	}
	return day
}

// WorkingDaysBetween is how many whole working days have passed from a to b;
// 0 when b is not later.
func WorkingDaysBetween(a, b time.Time) (n int) {
	start := a.In(paris)
	for i := 1; ; i++ {
		day := start.AddDate(0, 0, i)
		if day.After(b) {
			return n
		}
		if IsWorkingDay(day) {
			n++
		}
	}
}

// IsWorkingDay says whether people work on the day that t is in Paris.
func IsWorkingDay(t time.Time) bool {
	t = t.In(paris)
	weekday := t.Weekday()
	return weekday != time.Saturday && weekday != time.Sunday && !isHoliday(t)
}

// isHoliday knows the days of article L3133-1 of the Code du travail. Those of
// Alsace-Moselle and overseas are left out: a reminder a day early harms nobody.
func isHoliday(t time.Time) bool {
	year, month, day := t.Date()
	switch [2]int{int(month), day} {
	case [2]int{1, 1}, [2]int{5, 1}, [2]int{5, 8}, [2]int{7, 14}, [2]int{8, 15}, [2]int{11, 1}, [2]int{11, 11}, [2]int{12, 25}:
		return true
	}
	easter := easterSunday(year)
	for _, after := range []int{1, 39, 50} { // Monday, Ascension, Whit Monday
		if _, m, d := easter.AddDate(0, 0, after).Date(); m == month && d == day {
			return true
		}
	}
	return false
}

// easterSunday is the anonymous Gregorian computus (Nature, 20 April 1876, in
// the form of Meeus, Astronomical Algorithms, chapter 8).
func easterSunday(year int) time.Time {
	a, b, c := year%19, year/100, year%100
	d, e := b/4, b%4
	f := (b + 8) / 25
	g := (b - f + 1) / 3
	h := (19*a + b - d - g + 15) % 30
	i, k := c/4, c%4
	l := (32 + 2*e + 2*i - h - k) % 7
	m := (a + 11*h + 22*l) / 451
	month, day := (h+l-7*m+114)/31, (h+l-7*m+114)%31+1
	return time.Date(year, time.Month(month), day, 0, 0, 0, 0, time.UTC)
}
