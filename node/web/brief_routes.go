package web

// routeBrief registers the pages of this door.
func (p *Pages) routeBrief() {}
