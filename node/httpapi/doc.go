// Package httpapi is the node's JSON interface under /api/v1, with its
// OpenAPI document, its server-sent events and its health pages.
//
// It knows no store, no host and no key: it parses a request into a typed
// call on a small interface that the node implements, and writes the answer.
// Its promises: nothing unknown is silently ignored (a query parameter or a
// field that means nothing here is refused by name), every refusal is
// problem+json and names what was expected, and nothing private leaves
// without the token.
package httpapi
