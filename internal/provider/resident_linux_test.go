package provider_test

import (
	"os"
	"syscall"
)

// resident is the most memory, in KiB, that a process or one of its children took.
func resident(state *os.ProcessState) int64 {
	usage, ok := state.SysUsage().(*syscall.Rusage)
	if !ok {
		return 0
	}
	return usage.Maxrss
}
