package web

// routeMe registers the pages of this door.
func (p *Pages) routeMe() {}
