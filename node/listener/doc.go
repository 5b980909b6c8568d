// Package listener is what stands between the open internet and the pages:
// who is asking (behind which proxy), how much of it is served, under which
// name, with which certificate, and in how many bytes.
//
// It knows nothing of the node. Everything that strangers can make grow is
// bounded, per client and in all, and says through Meter when a bound bites.
package listener
