//go:build !linux

package node

func fileLimit() uint64  { return 0 }
func memoryLimit() int64 { return 0 }
