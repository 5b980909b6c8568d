package proximity

import (
	"time"

	"golang.org/x/sys/unix"
)

// threadTime is how long this thread has been on a processor: what a call
// costs, whoever else waits for the machine.
func threadTime() time.Duration {
	var t unix.Timespec
	if unix.ClockGettime(unix.CLOCK_THREAD_CPUTIME_ID, &t) != nil {
		return 0
	}
	return time.Duration(t.Nano())
}
