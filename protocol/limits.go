package protocol

import "time"

// Limits of the wire form. They are part of the agreement: raising one makes
// old nodes refuse what new ones send.
const (
	MaxRecordBytes = 16 << 10 // a whole record: header, signature, body and framing
	MaxHeaderBytes = 600
	MaxSlotBytes   = 32

	MaxKeys         = 256     // keys an identity may hold in all kinds together (the sum of keyBounds)
	MaxUnknownBytes = 4 << 10 // size of a body whose kind or version is not understood

	// MaxEarly is how far ahead of the reader's clock a record may be issued.
	MaxEarly = 10 * time.Minute

	// MaxGrant is the longest membership that one grant gives.
	MaxGrant = 365 * day

	// RenewalWindow: a profile that its person has not confirmed for this long is not renewed.
	RenewalWindow = 180 * day

	// AvailabilityWindow: an availability not confirmed for this long reads "to be confirmed".
	AvailabilityWindow = 45 * day

	maxMillis = 1<<48 - 1
)
