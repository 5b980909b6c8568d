// Package api holds the JSON shapes of the HTTP interface that are not cards:
// what a node says of itself, its keys, its peers, its events, and what an
// import answers. Server, client and node share them; it depends on nothing
// but node/card.
//
// Its promise: a field name here is part of the published interface. Fields
// are added, never renamed.
package api
