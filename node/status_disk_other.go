//go:build !unix

package node

import "io/fs"

func allocatedBytes(info fs.FileInfo) int64 { return info.Size() }
