// Package client calls the HTTP interface of the node that runs for a home on
// this machine, for the command line.
//
// Its promise: a refusal of the node comes back as the *card.Problem that the
// node meant, and the absence of a node as a *NotRunningError that says what
// to do.
package client
