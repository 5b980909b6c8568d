package delivery

import (
	"flag"
	"testing"

	"go.uber.org/goleak"
)

var updateSeeds = flag.Bool("update", false, "write testdata/fuzz anew")

// Everything that a courier starts has ended when Run returned.
func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m, goleak.IgnoreTopFunction("github.com/golang/glog.(*fileSink).flushDaemon"))
}
