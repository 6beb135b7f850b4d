package main

import (
	"bufio"
	"context"
	"io"
	"net/http"
	"regexp"
	"strings"
	"testing"
)

// TestRun starts the command, asks it for the new flight that it prints, and interrupts it.
func TestRun(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	reader, writer := io.Pipe()
	done := make(chan error, 1)
	go func() {
		err := run(ctx, []string{"-addr", "127.0.0.1:0", "-access-token", "mine"}, writer)
		_ = writer.Close()
		done <- err
	}()

	var text strings.Builder
	for scanner := bufio.NewScanner(reader); scanner.Scan(); {
		text.WriteString(scanner.Text() + "\n")
		if strings.Contains(scanner.Text(), "wait_for") {
			break
		}
	}
	go func() { _, _ = io.Copy(io.Discard, reader) }()
	find := func(pattern string) string {
		found := regexp.MustCompile(pattern).FindStringSubmatch(text.String())
		if found == nil {
			t.Fatalf("no %s in %s", pattern, &text)
		}
		return found[1]
	}
	url := find(`endpoint *= "(.+)"`) + "/v1.0/my/applications/" + find(`application_id = "(.+)"`) + "/flights/" + find(`flight_id *= "(.+)"`)
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Authorization", "Bearer "+find(`access_token *= "(.+)"`))
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	if err := response.Body.Close(); err != nil || response.StatusCode != http.StatusOK {
		t.Errorf("status %s, %v", response.Status, err)
	}

	// Without it Terraform looks for a provider of HashiCorp's.
	if source := find(`source += "(.+/.+)"`); source != "terraform-msstore/msstore" {
		t.Errorf("the configuration names the provider %s", source)
	}

	cancel()
	if err := <-done; err != nil {
		t.Error(err)
	}
}

func TestRunRefuses(t *testing.T) {
	t.Parallel()
	if err := run(t.Context(), []string{"-addr", "nowhere"}, io.Discard); err == nil {
		t.Error("an address without a port was accepted")
	}
}
