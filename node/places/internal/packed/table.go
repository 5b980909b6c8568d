// Package packed is the gazetteer's data file: one table of places in columns, compressed.
//
// It promises that Decode never panics and never allocates more than MaxBodyBytes allows, whatever
// bytes it is given, and that Encode of what Decode returned yields the same bytes again.
package packed

// Limits of the format. They are far above the real table (about 84,000 rows, 2 MB) and bound what
// a damaged file can make the decoder allocate.
const (
	MaxBodyBytes    = 8 << 20
	MaxAreas        = 4_096
	MaxRows         = 250_000
	MaxAliases      = 50_000
	MaxPostcodes    = 250_000
	MaxRowPostcodes = 255
	MaxNameBytes    = 200
)

// Kind tells what a row stands for.
type Kind uint8

const (
	Foreign        Kind = iota // a town outside France
	Commune                    // a French commune, with an INSEE code
	Arrondissement             // a municipal arrondissement of Paris, Lyon or Marseille, with an INSEE code
	kinds
)

// Area is what rows are grouped by: a French department, or a country (with its lettered region
// where the source has one, such as a US state or a Swiss canton).
type Area struct {
	Country string // ISO 3166-1 alpha-2
	Code    string // department code ("31", "2A", "974") or region code ("TX"), or empty
	Name    string // department name, or empty
	Region  string // French region name, or empty
	Seat    string // INSEE code of the department's chef-lieu, or empty
	Rows    int    // rows of this area; rows are stored area after area
}

// Row is one place. Lat and Lon are hundredths of a degree (WGS84), as places are published.
type Row struct {
	Name          string
	Population    uint32
	PostcodesFrom uint32 // first of PostcodesCount entries in Table.Postcodes
	Area          uint16
	Number        uint16 // the INSEE code behind the department's; 0 outside France
	Lat, Lon      int16
	PostcodeCount uint8
	Kind          Kind
	Approximate   bool
}

// Alias is another name of a row.
type Alias struct {
	Name   string
	Row    uint32
	Former bool // the name of a former commune that is now a part of the row, not a translation
}

// Table is the whole gazetteer. Postcodes are numbers of at most five digits ("01000" is 1000).
type Table struct {
	Areas     []Area
	Rows      []Row
	Postcodes []uint32
	Aliases   []Alias
}
