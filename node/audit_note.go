package node

import "courtcircuit/node/access"

// audit notes who did what, for the coordinators to read. action is one of a
// fixed list of words (brief-read, profile-published, …); subject is an id or
// a name, never a client's contact details. It never fails what it notes: an
// error is logged.
func (n *Node) audit(who access.Person, action, subject string) {}
