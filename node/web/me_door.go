package web

// Members is what a member's own page asks of the node.
type Members interface{}
