package node

import (
	_ "embed"
	"runtime/debug"
	"strings"
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

// licences names the licence of every module that is linked into the program,
// a line each. A test keeps it complete.
//
//go:embed licences.txt
var licences string

// Licenses lists what the program is built with, each with its version and
// licence.
func Licenses() []string {
	versions := map[string]string{}
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, m := range info.Deps {
			versions[m.Path] = m.Version
		}
	}
	lines := strings.Split(strings.TrimSpace(licences), "\n")
	for i, line := range lines {
		module, licence, _ := strings.Cut(line, " ")
		lines[i] = strings.TrimSpace(module+" "+versions[module]) + ": " + licence
	}
	return lines
}
