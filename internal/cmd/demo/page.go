package main

import (
	"fmt"
	"io"
	"strings"
	"sync"
	"time"

	"github.com/terraform-msstore/terraform-provider-msstore/internal/storesim"
)

// page is what the demo prints, plain text that can be pasted. The CLI and the
// Store tell at the same time.
type page struct {
	mu  sync.Mutex
	out io.Writer
}

func (p *page) printf(format string, args ...any) {
	p.mu.Lock()
	defer p.mu.Unlock()
	fmt.Fprintf(p.out, format, args...)
}

// width is where long lines are broken.
const width = 100

// block prints text of the CLI, without blank lines at its ends and with its paragraphs broken into lines.
func (p *page) block(text string) {
	for line := range strings.Lines(strings.Trim(text, "\n")) {
		for _, part := range broken(strings.TrimRight(line, " \n")) {
			p.printf("%s\n", strings.TrimRight("     "+part, " "))
		}
	}
}

// broken breaks a line between words.
func broken(line string) []string {
	var parts []string
	for len(line) > width {
		at := strings.LastIndex(line[:width], " ")
		if at <= 0 {
			break
		}
		parts, line = append(parts, line[:at]), line[at+1:]
	}
	return append(parts, line)
}

// row prints a row of a table.
func (p *page) row(cells ...string) {
	var line strings.Builder
	for _, cell := range cells {
		fmt.Fprintf(&line, "%-11s", cell)
	}
	p.block(line.String())
}

// progress prints dots behind a title while work goes on.
func (p *page) progress(title string, work func() error) error {
	p.printf("%s ", title)
	start := time.Now()
	err := during(work, time.Second, func() { p.printf(".") })
	if err == nil {
		p.printf(" %.0f s", time.Since(start).Seconds())
	}
	p.printf("\n")
	return err
}

// watch prints what happens in the Store while work goes on.
func (p *page) watch(store *storesim.Sim, work func() error) error {
	told := len(store.Events())
	tell := func() {
		events := store.Events()
		for _, e := range events[told:] {
			text := string(e.Kind)
			if e.Detail != "" {
				text += ": " + e.Detail
			}
			p.printf("       Store | %s\n", text)
		}
		told = len(events)
	}
	err := during(work, 20*time.Millisecond, tell)
	tell()
	return err
}

// during does work, and at each tick something beside it.
func during(work func() error, interval time.Duration, tick func()) error {
	done := make(chan error, 1)
	go func() { done <- work() }()
	ticker := time.NewTicker(interval)
	defer ticker.Stop()
	for {
		select {
		case err := <-done:
			return err
		case <-ticker.C:
			tick()
		}
	}
}
