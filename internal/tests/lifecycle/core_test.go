package lifecycle_test

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/terraform-msstore/terraform-provider-msstore/internal/acctest"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/provider"
)

const resourceType = "msstore_flight_submission"

// attributes are the arguments or values of the resource by name.
type attributes map[string]tftypes.Value

// terraformCore does with one resource what the CLI's core does: refresh, plan, plan
// again, apply; and it insists on what the CLI insists on.
type terraformCore struct {
	provider *tfprotov6.DynamicValue
	server   tfprotov6.ProviderServer
	schema   *tfprotov6.Schema
	object   tftypes.Object

	state   tftypes.Value // null: none
	private []byte
	tainted bool
	applied int // how many applies had something to do
}

func newCore(p *acctest.Protocol, w *acctest.World) *terraformCore {
	c := &terraformCore{schema: p.Schemas.ResourceSchemas[resourceType]}
	c.object, _ = c.schema.ValueType().(tftypes.Object)
	c.state = tftypes.NewValue(c.object, nil)
	c.provider = p.Encode(p.Schemas.Provider.ValueType(), w.ProviderArguments())
	return c
}

// walk starts a provider of its own, as the CLI does for each plan and each
// apply: nothing that one of them read is known to the next.
func (c *terraformCore) walk(ctx context.Context) error {
	server, err := acctest.Server(provider.Surroundings{})
	if err != nil {
		return err
	}
	c.server = server
	reply, err := server.ConfigureProvider(ctx, &tfprotov6.ConfigureProviderRequest{Config: c.provider})
	if err != nil {
		return err
	}
	return failures(reply.Diagnostics)
}

func (a attributes) plain() map[string]tftypes.Value { return map[string]tftypes.Value(a) }

// failures are the error diagnostics.
func failures(diagnostics []*tfprotov6.Diagnostic) error {
	if text := acctest.Failures(acctest.Findings(diagnostics)); text != "" {
		return errors.New(text)
	}
	return nil
}

func (c *terraformCore) encode(v tftypes.Value) *tfprotov6.DynamicValue {
	dynamic, err := tfprotov6.NewDynamicValue(c.object, v)
	if err != nil {
		panic(err)
	}
	return &dynamic
}

func (c *terraformCore) decode(v *tfprotov6.DynamicValue) tftypes.Value {
	if v == nil {
		return tftypes.NewValue(c.object, nil)
	}
	value, err := v.Unmarshal(c.object)
	if err != nil {
		panic(err)
	}
	return value
}

// values are the attributes of an object, empty for null.
func values(v tftypes.Value) attributes {
	out := map[string]tftypes.Value{}
	if !v.IsNull() {
		if err := v.As(&out); err != nil {
			panic(err)
		}
	}
	return out
}

func (c *terraformCore) submissionID() string {
	var s string
	if v, ok := values(c.state)["submission_id"]; ok && v.IsKnown() && !v.IsNull() {
		if err := v.As(&s); err != nil {
			panic(err)
		}
	}
	return s
}

// config completes the arguments to a configuration.
func (c *terraformCore) config(arguments acctest.Arguments) tftypes.Value {
	value, err := arguments.Value(c.object)
	if err != nil {
		panic(err)
	}
	return value
}

// refresh begins a plan.
func (c *terraformCore) refresh(ctx context.Context) error {
	if err := c.walk(ctx); err != nil || c.state.IsNull() {
		return err
	}
	reply, err := c.server.ReadResource(ctx, &tfprotov6.ReadResourceRequest{
		TypeName: resourceType, CurrentState: c.encode(c.state), Private: c.private,
	})
	if err := errors.Join(err, failures(reply.Diagnostics)); err != nil {
		return err
	}
	c.state, c.private = c.decode(reply.NewState), reply.Private
	if c.state.IsNull() {
		c.tainted = false
	}
	return nil
}

// proposed merges the configuration with the prior state: what is computed and
// not configured stays as it was.
func (c *terraformCore) proposed(prior, config tftypes.Value) tftypes.Value {
	return tftypes.NewValue(c.object, merge(c.schema.Block.Attributes, values(prior), values(config)).plain())
}

func merge(schema []*tfprotov6.SchemaAttribute, prior, config attributes) attributes {
	merged := attributes{}
	for _, a := range schema {
		before, known := prior[a.Name]
		merged[a.Name] = config[a.Name]
		switch {
		case a.WriteOnly:
			merged[a.Name] = tftypes.NewValue(a.ValueType(), nil)
		case config[a.Name].IsNull() && a.Computed && known:
			merged[a.Name] = before
		case a.NestedType != nil && a.NestedType.Nesting == tfprotov6.SchemaObjectNestingModeList && !config[a.Name].IsNull() && config[a.Name].IsKnown():
			merged[a.Name] = mergeList(a, before, config[a.Name])
		}
	}
	return merged
}

func mergeList(a *tfprotov6.SchemaAttribute, prior, config tftypes.Value) tftypes.Value {
	var before, after, merged []tftypes.Value
	if err := config.As(&after); err != nil {
		panic(err)
	}
	if prior.IsKnown() && !prior.IsNull() {
		if err := prior.As(&before); err != nil {
			panic(err)
		}
	}
	list, _ := a.ValueType().(tftypes.List)
	for i, element := range after {
		var old attributes
		if i < len(before) {
			old = values(before[i])
		}
		merged = append(merged, tftypes.NewValue(list.ElementType, merge(a.NestedType.Attributes, old, values(element)).plain()))
	}
	return tftypes.NewValue(a.ValueType(), merged)
}

// plan asks for a plan from a prior state.
func (c *terraformCore) plan(ctx context.Context, prior tftypes.Value, private []byte, config tftypes.Value) (tftypes.Value, []byte, error) {
	reply, err := c.server.PlanResourceChange(ctx, &tfprotov6.PlanResourceChangeRequest{
		TypeName: resourceType, PriorState: c.encode(prior), PriorPrivate: private,
		ProposedNewState: c.encode(c.proposed(prior, config)), Config: c.encode(config),
	})
	if err != nil {
		return tftypes.Value{}, nil, err
	}
	if len(reply.RequiresReplace) > 0 {
		return tftypes.Value{}, nil, fmt.Errorf("replacement asked for: %v", reply.RequiresReplace)
	}
	return c.decode(reply.PlannedState), reply.PlannedPrivate, failures(reply.Diagnostics)
}

// noChange refreshes and tells whether the plan is empty.
func (c *terraformCore) noChange(ctx context.Context, arguments acctest.Arguments) (bool, error) {
	if err := c.refresh(ctx); err != nil {
		return false, err
	}
	if c.tainted || c.state.IsNull() {
		return false, nil
	}
	planned, _, err := c.plan(ctx, c.state, c.private, c.config(arguments))
	return err == nil && planned.Equal(c.state), err
}

// apply does what terraform apply does with this one resource.
func (c *terraformCore) apply(ctx context.Context, arguments acctest.Arguments) error {
	config := c.config(arguments)
	if err := c.refresh(ctx); err != nil {
		return err
	}
	prior, private := c.state, c.private
	if c.tainted {
		prior, private = tftypes.NewValue(c.object, nil), nil
	}
	planned, _, err := c.plan(ctx, prior, private, config)
	if err != nil || (!c.tainted && planned.Equal(prior)) {
		return err
	}
	if err := c.walk(ctx); err != nil {
		return err
	}
	if c.tainted {
		if err := c.remove(ctx); err != nil {
			return err
		}
	}
	again, plannedPrivate, err := c.plan(ctx, prior, private, config)
	if err != nil {
		return err
	}
	if err := consistent(planned, again); err != nil {
		return fmt.Errorf("bug: inconsistent final plan: %w", err)
	}
	c.applied++
	reply, err := c.server.ApplyResourceChange(ctx, &tfprotov6.ApplyResourceChangeRequest{
		TypeName: resourceType, PriorState: c.encode(prior), PlannedState: c.encode(again), Config: c.encode(config), PlannedPrivate: plannedPrivate,
	})
	if err != nil {
		return err
	}
	err = failures(reply.Diagnostics)
	c.state, c.private = c.decode(reply.NewState), reply.Private
	c.tainted = err != nil && prior.IsNull() && !c.state.IsNull()
	if !c.state.IsFullyKnown() {
		return fmt.Errorf("bug: unknown values after the apply: %s", c.state)
	}
	if err != nil {
		return err
	}
	if err := consistent(again, c.state); err != nil {
		return fmt.Errorf("bug: inconsistent result after apply: %w", err)
	}
	return nil
}

// destroy does what terraform destroy does.
func (c *terraformCore) destroy(ctx context.Context) error {
	if err := c.refresh(ctx); err != nil || c.state.IsNull() {
		return err
	}
	if err := c.walk(ctx); err != nil {
		return err
	}
	return c.remove(ctx)
}

// remove deletes what the state knows.
func (c *terraformCore) remove(ctx context.Context) error {
	none := tftypes.NewValue(c.object, nil)
	reply, err := c.server.ApplyResourceChange(ctx, &tfprotov6.ApplyResourceChangeRequest{
		TypeName: resourceType, PriorState: c.encode(c.state), PlannedState: c.encode(none), Config: c.encode(none), PlannedPrivate: c.private,
	})
	if err := errors.Join(err, failures(reply.Diagnostics)); err != nil {
		return err
	}
	c.state, c.private, c.tainted = none, nil, false
	return nil
}

// importState forgets the resource and imports it by an ID.
func (c *terraformCore) importState(ctx context.Context, id string) error {
	if err := c.walk(ctx); err != nil {
		return err
	}
	reply, err := c.server.ImportResourceState(ctx, &tfprotov6.ImportResourceStateRequest{TypeName: resourceType, ID: id})
	if err := errors.Join(err, failures(reply.Diagnostics)); err != nil {
		return err
	}
	c.state, c.private, c.tainted = c.decode(reply.ImportedResources[0].State), reply.ImportedResources[0].Private, false
	return c.refresh(ctx)
}

// consistent insists that what was known stays what it was.
func consistent(before, after tftypes.Value) error {
	diffs, err := before.Diff(after)
	if err != nil {
		return err
	}
	var wrong []string
	for _, d := range diffs {
		if d.Value1 != nil && d.Value1.IsFullyKnown() && !enclosesUnknown(before, d.Path) {
			wrong = append(wrong, d.String())
		}
	}
	if len(wrong) > 0 {
		return errors.New(strings.Join(wrong, "\n"))
	}
	return nil
}

// enclosesUnknown tells whether the path leads to or through an unknown value.
func enclosesUnknown(v tftypes.Value, path *tftypes.AttributePath) bool {
	for steps := path.Steps(); len(steps) > 0; steps = steps[:len(steps)-1] {
		found, _, err := tftypes.WalkAttributePath(v, tftypes.NewAttributePathWithSteps(steps))
		if value, ok := found.(tftypes.Value); err == nil && ok && !value.IsKnown() {
			return true
		}
	}
	return false
}
