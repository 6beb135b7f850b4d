package provider_test

import (
	"fmt"
	"os"
	"regexp"
	"strconv"
	"time"

	"github.com/terraform-msstore/terraform-provider-msstore/internal/acctest"
)

var highWater = regexp.MustCompile(`VmHWM:\s+(\d+) kB`)

// resident is the most memory, in KiB, that a provider process of the CLI takes until done is closed. What the kernel
// reports of a process that has ended starts with the memory of the one that started it, so it is asked while it runs.
func resident(cli *acctest.CLI, done <-chan struct{}) int64 {
	ticker := time.NewTicker(5 * time.Millisecond)
	defer ticker.Stop()
	var most int64
	for {
		if pid, ok := cli.ProviderPID(); ok {
			status, _ := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
			if found := highWater.FindSubmatch(status); found != nil {
				used, _ := strconv.ParseInt(string(found[1]), 10, 64)
				most = max(most, used)
			}
		}
		select {
		case <-done:
			return most
		case <-ticker.C:
		}
	}
}
