package protocol

// Coordinates are integers of 0.01 degree everywhere on the wire: about a
// kilometre, the size of a commune and never of a street.
const (
	centiPerDegree = 100
	maxLatCenti    = 90 * centiPerDegree
	maxLonCenti    = 180 * centiPerDegree
)

// ZoneOf numbers the 5° by 5° square of a place, from 1; 0 means no place.
// Integers only: geometry libraries differ by a bit between processors, and a
// zone is signed. latCenti is in [-9000, 9000], lonCenti in [-18000, 18000).
func ZoneOf(latCenti, lonCenti int) uint16 {
	if latCenti < -maxLatCenti || latCenti > maxLatCenti || lonCenti < -maxLonCenti || lonCenti >= maxLonCenti {
		return 0
	}
	return uint16(1 + 72*((latCenti+maxLatCenti)/500) + (lonCenti+maxLonCenti)/500)
}

// maxZone is the zone of the north pole's last square.
const maxZone = 1 + 72*36 + 71
