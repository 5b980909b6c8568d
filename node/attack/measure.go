package main

import (
	"context"
	"fmt"
	"os"
	"strconv"
	"strings"
	"sync/atomic"
	"time"
)

// clockTick is the unit of /proc/PID/stat on every Linux that runs Go.
const clockTick = 10 * time.Millisecond

// What an attack may cost, as docs promise.
const (
	mostPercent = 25
	mostGrowth  = 64 << 20
)

// all makes the attacks in turn and prints what each cost the node's process:
// processor time as a part of one core, and how far its memory rose above what
// it was before.
func (a *attacker) all(pid int, each time.Duration, only, from string) error {
	fmt.Printf("%-11s %8s %10s %12s %10s\n", "attack", "% core", "+MiB", "done", "per second")
	var over []string
	for i, k := range attacks {
		if only != "" && only != k.name {
			continue
		}
		if a.from = from; strings.Contains(from, "%d") {
			a.from = fmt.Sprintf(from, 10+i)
		}
		time.Sleep(3 * time.Second) // what the last one began has ended
		percent, growth, done, err := a.measure(pid, each, k)
		if err != nil {
			return err
		}
		fmt.Printf("%-11s %8.1f %10.1f %12d %10.0f   %s\n", k.name, percent, float64(growth)/(1<<20), done, float64(done)/each.Seconds(), k.what)
		if percent > mostPercent || growth > mostGrowth {
			over = append(over, k.name)
		}
	}
	if len(over) > 0 {
		return fmt.Errorf("more than %d %% of a core or %d MiB: %s", mostPercent, mostGrowth>>20, strings.Join(over, ", "))
	}
	return nil
}

func (a *attacker) measure(pid int, each time.Duration, k attack) (percent float64, growth, done int64, err error) {
	var count atomic.Int64
	memory, err := residentBytes(pid)
	if err != nil {
		return 0, 0, 0, err
	}
	before, err := processorTime(pid)
	if err != nil {
		return 0, 0, 0, err
	}
	start := time.Now()
	ctx, cancel := context.WithTimeout(context.Background(), each)
	defer cancel()
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		k.run(a, ctx, &count)
	}()
	peak := memory
	var after time.Duration
	for ctx.Err() == nil {
		pause(ctx, 100*time.Millisecond)
		now, err := residentBytes(pid)
		if err != nil {
			return 0, 0, 0, fmt.Errorf("the node ended under %s: %w", k.name, err)
		}
		peak = max(peak, now)
	}
	if after, err = processorTime(pid); err != nil {
		return 0, 0, 0, err
	}
	took := time.Since(start)
	<-ended
	return 100 * float64(after-before) / float64(took), peak - memory, count.Load(), nil
}

// processorTime is what the process has used, in user and kernel mode.
func processorTime(pid int) (time.Duration, error) {
	data, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return 0, err
	}
	_, rest, _ := strings.Cut(string(data), ") ")
	fields := strings.Fields(rest)
	if len(fields) < 13 {
		return 0, fmt.Errorf("/proc/%d/stat has %d fields", pid, len(fields))
	}
	user, err := strconv.ParseInt(fields[11], 10, 64)
	if err != nil {
		return 0, err
	}
	kernel, err := strconv.ParseInt(fields[12], 10, 64)
	return time.Duration(user+kernel) * clockTick, err
}

func residentBytes(pid int) (int64, error) {
	data, err := os.ReadFile(fmt.Sprintf("/proc/%d/statm", pid))
	if err != nil {
		return 0, err
	}
	fields := strings.Fields(string(data))
	if len(fields) < 2 {
		return 0, fmt.Errorf("/proc/%d/statm has %d fields", pid, len(fields))
	}
	pages, err := strconv.ParseInt(fields[1], 10, 64)
	return pages * int64(os.Getpagesize()), err
}
