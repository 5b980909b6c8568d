// Package web is the node's page for people: who this collective is, its
// members, and a search for skills nearby.
//
// It is rendered here and reads without JavaScript. Its promises: words of
// the people who search, never of the machinery; nothing federated is fetched
// or run; an empty network is explained, not shown as an error.
package web
