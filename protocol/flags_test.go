package protocol

import "flag"

var update = flag.Bool("update", false, "write testdata/vectors and testdata/fuzz anew")
