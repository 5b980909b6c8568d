// Package courtcircuit is the root of the module. It only carries the default
// bootstrap list, because an embedded file must lie in or below the folder of
// the package that embeds it.
package courtcircuit

import _ "embed"

// DefaultBootstrap is bootstrap.json: the peers that a node starts from when
// it is told no others.
//
//go:embed bootstrap.json
var DefaultBootstrap []byte
