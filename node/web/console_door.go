package web

// Console is what the coordinators' console asks of the node.
type Console interface {
	BriefDesk
}
