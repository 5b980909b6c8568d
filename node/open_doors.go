package node

import "courtcircuit/node/web"

// doors are what the pages need to take something from people.
func (n *Node) doors() web.Doors {
	return web.Doors{Access: n.access, Briefs: n, Members: memberDoor{n}, Console: console{n}}
}
