package acctest

import (
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
)

// ValidateAction gives the texts of what is wrong with an action's configuration.
func (p *Protocol) ValidateAction(action string, arguments Arguments) (failure string) {
	p.tb.Helper()
	reply, err := p.ValidateActionConfig(p.tb.Context(), &tfprotov6.ValidateActionConfigRequest{
		ActionType: action, Config: p.Encode(p.Schemas.ActionSchemas[action].Schema.ValueType(), arguments),
	})
	if err != nil {
		p.tb.Fatal(err)
	}
	return text(Findings(reply.Diagnostics))
}

// Invoke runs an action and returns its progress messages, which observers get as
// they come, and the texts of its diagnostics.
func (p *Protocol) Invoke(action string, arguments Arguments, observers ...func(message string)) (progress []string, failure string) {
	p.tb.Helper()
	stream, err := p.InvokeAction(p.tb.Context(), &tfprotov6.InvokeActionRequest{
		ActionType: action, Config: p.Encode(p.Schemas.ActionSchemas[action].Schema.ValueType(), arguments),
	})
	if err != nil {
		p.tb.Fatal(err)
	}
	for event := range stream.Events {
		switch event := event.Type.(type) {
		case tfprotov6.ProgressInvokeActionEventType:
			progress = append(progress, event.Message)
			for _, observe := range observers {
				observe(event.Message)
			}
		case tfprotov6.CompletedInvokeActionEventType:
			failure = text(Findings(event.Diagnostics))
		}
	}
	return progress, failure
}
