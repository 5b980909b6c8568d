package node

import (
	"testing"

	"go.uber.org/goleak"
)

// Every goroutine that a node starts has ended when Run or Close returned.
func TestMain(m *testing.M) {
	// glog, which Badger brings along, keeps one goroutine for the life of the process.
	goleak.VerifyTestMain(m, goleak.IgnoreTopFunction("github.com/golang/glog.(*fileSink).flushDaemon"))
}
