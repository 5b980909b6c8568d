package protocol

import "time"

// Date is a day: days since 1970-01-01, without a time zone.
type Date uint32

const maxDate Date = 73048 // 2169-12-31

func checkDate(field string, d *Date) error {
	if d != nil && *d > maxDate {
		return fieldf(field, "a date before the year 2170")
	}
	return nil
}

// DateOf is the day that a calendar shows at t, in t's own zone; days before
// 1970 become the first one.
func DateOf(t time.Time) Date {
	year, month, dayOfMonth := t.Date()
	seconds := time.Date(year, month, dayOfMonth, 0, 0, 0, 0, time.UTC).Unix()
	return Date(max(seconds, 0) / int64(day/time.Second))
}

// ParseDate reads a day as 2026-12-01, from 1970 to 2169.
func ParseDate(s string) (Date, error) {
	t, err := time.Parse(time.DateOnly, s)
	if d := DateOf(t); err == nil && t.Year() >= 1970 && d <= maxDate {
		return d, nil
	}
	return 0, fieldf("date", "a day from 1970-01-01 to 2169-12-31, got %q", shorten(s))
}

// Time is the beginning of the day in UTC.
func (d Date) Time() time.Time { return time.Unix(int64(d)*int64(day/time.Second), 0).UTC() }

// String writes the day as 2026-12-01.
func (d Date) String() string { return d.Time().Format(time.DateOnly) }

// MarshalText is String, for JSON.
func (d Date) MarshalText() ([]byte, error) { return []byte(d.String()), nil }
