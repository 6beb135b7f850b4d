package provider

import (
	"context"
	"fmt"
	"slices"

	"github.com/hashicorp/terraform-plugin-framework/provider"
	"github.com/hashicorp/terraform-plugin-framework/providerserver"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6/tf6server"
)

// protocol is what CLIs ask of this provider.
type protocol interface {
	tfprotov6.ProviderServer
	tfprotov6.ListResourceServer
	tfprotov6.ActionServer
}

type server struct{ protocol }

// Serve lets the CLI that started this process use the provider, until the CLI ends it.
func Serve(address string, p provider.Provider, options ...tf6server.ServeOpt) error {
	s, err := Server(p)
	if err != nil {
		return err
	}
	return tf6server.Serve(address, func() tfprotov6.ProviderServer { return s }, options...)
}

// Server makes the provider's end of the protocol.
func Server(p provider.Provider) (tfprotov6.ProviderServer, error) {
	framework, err := providerserver.NewProtocol6WithError(p)()
	if err != nil {
		return nil, err
	}
	s, ok := framework.(protocol)
	if !ok {
		return nil, fmt.Errorf("%T serves neither list resources nor actions", framework)
	}
	return server{s}, nil
}

// CallFunction takes an argument without a value for null: OpenTofu 1.8 to 1.12 sends no other one, and the framework
// refuses it.
func (s server) CallFunction(ctx context.Context, req *tfprotov6.CallFunctionRequest) (*tfprotov6.CallFunctionResponse, error) {
	told := *req
	told.Arguments = slices.Clone(req.Arguments)
	for i, argument := range told.Arguments {
		if argument == nil || len(argument.MsgPack) == 0 && len(argument.JSON) == 0 {
			told.Arguments[i] = &tfprotov6.DynamicValue{MsgPack: []byte{msgpackNil}}
		}
	}
	return s.protocol.CallFunction(ctx, &told)
}

// msgpackNil is null in MessagePack.
const msgpackNil = 0xc0
