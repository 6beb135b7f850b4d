package argument

import (
	"context"

	actiontimeouts "github.com/hashicorp/terraform-plugin-framework-timeouts/action/timeouts"
	"github.com/hashicorp/terraform-plugin-framework-timeouts/resource/timeouts"
	actionschema "github.com/hashicorp/terraform-plugin-framework/action/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
)

// Timeouts is the argument timeouts, with validators of this package.
func Timeouts(ctx context.Context, opts timeouts.Opts) schema.Attribute {
	object, ok := timeouts.Attributes(ctx, opts).(schema.SingleNestedAttribute)
	if !ok {
		panic("timeouts is no nested attribute")
	}
	for operation, member := range object.Attributes {
		object.Attributes[operation] = schema.StringAttribute{
			MarkdownDescription: member.GetDescription(), Optional: true, Validators: []validator.String{Duration()},
		}
	}
	return object
}

// InvokeTimeout is the argument timeouts of an action, likewise.
func InvokeTimeout(ctx context.Context, description string) actionschema.Attribute {
	object, ok := actiontimeouts.Attributes(ctx).(actionschema.SingleNestedAttribute)
	if !ok {
		panic("timeouts is no nested attribute")
	}
	for operation := range object.Attributes {
		object.Attributes[operation] = actionschema.StringAttribute{
			MarkdownDescription: description, Optional: true, Validators: []validator.String{Duration()},
		}
	}
	return object
}
