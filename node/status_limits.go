package node

import "courtcircuit/node/httpapi/api"

// What a node needs. Its bounds on connections allow 512 file descriptors
// (host_limits.go), databases keep some hundred files open.
const (
	leastFiles       = 1024
	comfortableFiles = 2048
	leastMemory      = 192 << 20
	comfortable      = 384 << 20
)

// checkLimits is about what the system lets this process take.
func checkLimits() api.Check { return limitsCheck(fileLimit(), memoryLimit()) }

// limitsCheck takes 0 for what is not known or not limited.
func limitsCheck(files uint64, memory int64) api.Check {
	const name = "limits"
	switch {
	case files > 0 && files < leastFiles:
		return wrong(name, "raise it: LimitNOFILE=16384 in the systemd unit, or ulimit -n 16384", "only %d files and connections may be open at once, %d are needed", files, leastFiles)
	case memory > 0 && memory < leastMemory:
		return wrong(name, "raise MemoryMax in the systemd unit, or the container's limit", "%d MiB of memory, at least %d are needed", memory>>20, leastMemory>>20)
	case files > 0 && files < comfortableFiles:
		return warned(name, "raise it: LimitNOFILE=16384 in the systemd unit, or ulimit -n 16384", "only %d files and connections may be open at once", files)
	case memory > 0 && memory < comfortable:
		return warned(name, "raise MemoryMax in the systemd unit, or the container's limit", "%d MiB of memory: enough for a small network", memory>>20)
	case files == 0 || memory == 0:
		return well(name, "none that this system tells")
	}
	return well(name, "%d open files, %d MiB of memory", files, memory>>20)
}
