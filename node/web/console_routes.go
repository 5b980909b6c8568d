package web

// routeConsole registers the pages of this door.
func (p *Pages) routeConsole() {}
