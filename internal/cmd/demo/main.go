// Command demo tells the story of a package flight: it builds the provider,
// starts a local Store, and lets the real CLI submit a package, roll it out, halt
// it, and move it through rings. It needs Go and Terraform or OpenTofu on PATH,
// touches nothing but a temporary folder, and leaves nothing behind.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"

	"github.com/terraform-msstore/terraform-provider-msstore/internal/storesim"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "demo:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, out io.Writer) (err error) {
	dir, err := os.MkdirTemp("", "msstore-demo-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()

	page := &page{out: out}
	page.printf("A local Store takes the place of Partner Center. Nothing leaves this machine.\n")
	store, err := storesim.Start(storesim.Options{AccessTokens: []string{token}})
	if err != nil {
		return err
	}
	defer store.Close()
	installation, err := install(ctx, dir, page)
	if err != nil {
		return err
	}
	installation.env = append(installation.env, "MSSTORE_ENDPOINT="+store.URL())
	s := &story{
		store: store, installation: installation,
		application: store.AddApplication(storesim.Application{PrimaryName: "Contoso Sample"}),
	}
	if err := s.tell(ctx); err != nil {
		return err
	}
	page.printf("\nDone. Everything that was made is gone again.\n")
	return nil
}
