package node

import "courtcircuit/node/web"

// doors are what the pages need to take something from people.
func (n *Node) doors() web.Doors { return web.Doors{} }
