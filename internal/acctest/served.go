package acctest

import (
	"context"
	"encoding/json"
	"testing"

	"github.com/hashicorp/go-hclog"
	"github.com/hashicorp/go-plugin"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6/tf6server"

	"github.com/terraform-msstore/terraform-provider-msstore/internal/provider"
)

// ServedCLI is CLI with the provider in the process of the test. That is many times
// faster, and enough for whoever sends it no signals and names no files by paths
// relative to the configuration.
func (w *World) ServedCLI(config string) *CLI {
	w.tb.Helper()
	return w.CLI(config).Served()
}

// Served is the same configuration with the provider in the process of the test.
func (c *CLI) Served() *CLI {
	c.tb.Helper()
	other := *c
	other.Serve(provider.Surroundings{})
	return &other
}

// Serve has the commands of c use a provider in the process of the test, with the
// given surroundings and the environment of c, instead of starting one. Each command
// configures it anew, as it would a process.
func (c *CLI) Serve(surroundings provider.Surroundings) {
	c.tb.Helper()
	surroundings.LookupEnv = c.lookupEnv
	server, err := Server(surroundings)
	if err != nil {
		c.tb.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	started, stopped := make(chan *plugin.ReattachConfig), make(chan struct{})
	failed := make(chan error, 1)
	const address = "registry.terraform.io/hashicorp/msstore"
	options := []tf6server.ServeOpt{
		tf6server.WithDebug(ctx, started, stopped), tf6server.WithGoPluginLogger(hclog.NewNullLogger()), tf6server.WithoutLogStderrOverride(),
	}
	// No CLI filters what a provider that it has not started writes.
	if sink, ok := c.tb.(interface {
		testing.TB
		Parallel()
	}); ok {
		options = append(options, tf6server.WithLoggingSink(sink))
	}
	go func() {
		failed <- tf6server.Serve(address, func() tfprotov6.ProviderServer { return server }, options...)
	}()
	select {
	case err := <-failed:
		cancel()
		c.tb.Fatal(err)
	case config := <-started:
		c.tb.Cleanup(func() {
			cancel()
			<-stopped
		})
		c.reattach = reattach(config)
	}
}

// reattach is what TF_REATTACH_PROVIDERS must say for the CLI to find a provider
// that runs.
func reattach(config *plugin.ReattachConfig) string {
	found := map[string]any{
		"Protocol": string(config.Protocol), "ProtocolVersion": config.ProtocolVersion, "Pid": config.Pid, "Test": config.Test,
		"Addr": map[string]string{"Network": config.Addr.Network(), "String": config.Addr.String()},
	}
	text, err := json.Marshal(map[string]any{
		"registry.terraform.io/hashicorp/msstore":         found,
		"registry.terraform.io/terraform-msstore/msstore": found,
		"registry.opentofu.org/hashicorp/msstore":         found,
		"registry.opentofu.org/terraform-msstore/msstore": found,
	})
	if err != nil {
		panic(err) // Maps of strings and numbers always marshal.
	}
	return string(text)
}
