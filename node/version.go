package node

import (
	"fmt"
	"runtime/debug"
	"slices"
)

// version is set when a release is built (-ldflags "-X courtcircuit/node.version=…").
var version = ""

// Version names this build: the release, else the commit, else "dev".
func Version() string {
	if version != "" {
		return version
	}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "dev"
	}
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" && len(s.Value) >= 12 {
			return "dev-" + s.Value[:12]
		}
	}
	return "dev"
}

// licenceOf names the licence of what the program is built with; a module that is not
// listed is named with its address, where its licence stands.
func Licenses() []string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return nil
	}
	lines := make([]string, 0, len(info.Deps))
	for _, m := range info.Deps {
		lines = append(lines, fmt.Sprintf("%s %s", m.Path, m.Version))
	}
	slices.Sort(lines)
	return lines
}
