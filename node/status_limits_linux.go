package node

import (
	"os"
	"path"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// fileLimit is the hard limit: Go raises the soft one to it at start.
func fileLimit() uint64 {
	var limit unix.Rlimit
	if unix.Getrlimit(unix.RLIMIT_NOFILE, &limit) != nil {
		return 0
	}
	return limit.Max
}

// memoryLimit is the machine's memory, or less where the process's control
// group or one above allows less: cgroups(7).
func memoryLimit() int64 {
	var info unix.Sysinfo_t
	if unix.Sysinfo(&info) != nil {
		return 0
	}
	least := int64(info.Totalram) * int64(info.Unit)
	for group := controlGroup(); ; group = path.Dir(group) {
		text, err := os.ReadFile(path.Join("/sys/fs/cgroup", group, "memory.max"))
		if limit, parseErr := strconv.ParseInt(strings.TrimSpace(string(text)), 10, 64); err == nil && parseErr == nil {
			least = min(least, limit)
		}
		if group == "/" || group == "." {
			return least
		}
	}
}

// controlGroup is the process's group in the one hierarchy of version 2.
func controlGroup() string {
	text, err := os.ReadFile("/proc/self/cgroup")
	if err != nil {
		return "/"
	}
	for line := range strings.Lines(string(text)) {
		if group, ok := strings.CutPrefix(strings.TrimSpace(line), "0::"); ok {
			return path.Clean(group)
		}
	}
	return "/"
}
