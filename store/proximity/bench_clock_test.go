//go:build !linux

package proximity

import "time"

func threadTime() time.Duration { return 0 }
