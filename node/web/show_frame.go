package web

import "strings"

// navEntry is one way on from every page.
type navEntry struct {
	link
	Current string // aria-current: "page" on the page itself, "true" below it, "" elsewhere
}

// Nav are the entries of the header.
func (v *page) Nav() []navEntry {
	return v.entries([]link{{searchPath, v.Say("nav_search")}, {missionsPath, v.Say("nav_missions")}, {"/reseau", v.Say("nav_network")}})
}

// Small are those of the footer.
func (v *page) Small() []navEntry {
	var own []link
	if v.Entry {
		own = []link{{"/entrer", v.Say("nav_entry")}}
	}
	return v.entries(append(own, []link{
		{"/mentions-legales", v.Say("nav_legal")}, {"/accessibilite", v.Say("nav_access")}, {"/missions.atom", v.Say("nav_feed")},
		{"/integrer?aide=1", v.Say("nav_embed")}, {"/api", v.Say("nav_api")},
	}...))
}

func (v *page) entries(links []link) []navEntry {
	entries := make([]navEntry, 0, len(links))
	for _, l := range links {
		entry := navEntry{link: l}
		path, _, _ := strings.Cut(l.Address, "?")
		switch {
		case v.Path == path:
			entry.Current = "page"
		case strings.HasPrefix(v.Path, path+"/"):
			entry.Current = "true"
		}
		entries = append(entries, entry)
	}
	return entries
}
