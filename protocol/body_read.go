package protocol

import "math"

// A body without unknown keys, as nearly all are, is read by hand like a header:
// what takes one encoding alone need not be written again to find out, which was
// most of the work of opening a record beside its signature. All others are left
// to decodeBody, which says what is wrong. Both must agree on every byte, or
// builds would disagree about what a body says; FuzzDecodeBody compares them.

// maxElements is how many an array in a body may have.
const maxElements = 1024

// requiredKeys makes a set of keys below 64, those that stand in every body of a kind.
func requiredKeys(keys ...uint64) (set uint64) {
	for _, k := range keys {
		set |= 1 << k
	}
	return set
}

// readPlain fills into from a body that has no unknown keys; false: decodeBody is
// to be asked, and into may be filled in part. Of what check refuses anyway, such
// as a time before 1970, it need not take everything that decodeBody does.
func readPlain(b []byte, into body) bool {
	r := cborReader{rest: b}
	var last, seen uint64
	for pairs := r.head(cborMap); pairs > 0 && r.err == nil; pairs-- {
		key := r.head(cborUint)
		if key <= last || !into.readField(key, &r) {
			return false
		}
		last = key
		seen |= 1 << key
	}
	need := into.required()
	return r.end("body") == nil && seen&need == need
}

func readText(r *cborReader) string { return r.text("text", MaxRecordBytes) }

// readBytes copies what it reads.
func readBytes(r *cborReader) []byte {
	return append([]byte{}, r.bytes("byte string", 0, MaxRecordBytes)...)
}

func readInt(r *cborReader) int {
	if len(r.rest) == 0 || r.rest[0]&0xe0 != cborNegative {
		return int(r.uint("integer", math.MaxInt))
	}
	n := r.head(cborNegative) // -1 - n
	if n > math.MaxInt {
		r.fail("integer is %d below -1, at most %d expected", n, math.MaxInt)
	}
	return -1 - int(n)
}

func readUint(r *cborReader) uint { return uint(r.uint("integer", math.MaxUint)) }

func readBool(r *cborReader) bool {
	if r.err == nil && (len(r.rest) == 0 || r.rest[0] != cborFalse && r.rest[0] != cborTrue) {
		r.fail("%w: true or false expected", errNotCanonical)
	}
	if r.err != nil {
		return false
	}
	v := r.rest[0] == cborTrue
	r.rest = r.rest[1:]
	return v
}

// tuple reads the head of an array of n elements.
func (r *cborReader) tuple(n uint64) {
	if r.head(cborArray) != n {
		r.fail("%w: array of %d elements expected", errNotCanonical, n)
	}
}

// Optional fields that are empty are left out, so that one which is there holds something.

func someText(r *cborReader) string {
	s := readText(r)
	r.notEmpty(s != "")
	return s
}

func someBytes(r *cborReader) []byte {
	b := readBytes(r)
	r.notEmpty(len(b) > 0)
	return b
}

func someUint(r *cborReader) uint {
	n := readUint(r)
	r.notEmpty(n != 0)
	return n
}

func (r *cborReader) notEmpty(filled bool) {
	if !filled {
		r.fail("%w: an empty field is written out", errNotCanonical)
	}
}

// listOf reads an array of what one reads.
func listOf[T any](r *cborReader, one func(*cborReader) T) []T {
	n := r.array("array", maxElements)
	if r.err != nil {
		return nil
	}
	out := make([]T, 0, min(n, uint64(len(r.rest)))) // each has a byte at least
	for ; n > 0 && r.err == nil; n-- {
		out = append(out, one(r))
	}
	return out
}

func someOf[T any](r *cborReader, one func(*cborReader) T) []T {
	out := listOf(r, one)
	r.notEmpty(len(out) > 0)
	return out
}

func readOptional(r *cborReader) *uint {
	n := readUint(r)
	return &n
}

func readDate(r *cborReader) *Date {
	d := Date(r.uint("date", math.MaxUint32))
	return &d
}

// readModes reads a byte string, one byte a mode.
func readModes(r *cborReader) []WorkMode {
	b := r.bytes("modes", 1, MaxRecordBytes)
	out := make([]WorkMode, len(b))
	for i, m := range b {
		out[i] = WorkMode(m)
	}
	return out
}

func readPlace(r *cborReader) Place {
	r.tuple(6)
	return Place{LatCenti: readInt(r), LonCenti: readInt(r), Name: readText(r), Area: readText(r), Country: readText(r), Approximate: readBool(r)}
}

func readLink(r *cborReader) Link {
	r.tuple(2)
	return Link{Label: readText(r), URL: readText(r)}
}
