//go:build !linux

package node

func holderOf(string, int) string { return "" }
