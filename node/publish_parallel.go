package node

import (
	"runtime"
	"sync"
	"sync/atomic"
)

// forEachIndex calls do for 0 to count-1 from as many goroutines as there are
// processors, and returns when all are done. An import is mostly signing and
// checking of signatures, which nothing else shortens.
func forEachIndex(count int, do func(i int)) {
	if count == 1 { // another goroutine would only have to be awaited
		do(0)
		return
	}
	var next atomic.Int64
	var workers sync.WaitGroup
	for range min(count, runtime.GOMAXPROCS(0)) {
		workers.Go(func() {
			for i := next.Add(1) - 1; i < int64(count); i = next.Add(1) - 1 {
				do(int(i))
			}
		})
	}
	workers.Wait()
}
