package stagedpercentage

import (
	"errors"
	"fmt"
	"maps"
	"math/big"
	"slices"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

// The attributes of a stage.
const (
	percentageAttribute = "percentage"
	holdAttribute       = "hold"
)

// readStages takes a list of objects in every type that Terraform gives it: a tuple where the objects differ in their
// attributes, else a list. It is not known if anything in it is not.
func readStages(argument types.Dynamic) (stages []stage, known bool, err error) {
	var elements []attr.Value
	switch list := argument.UnderlyingValue().(type) {
	case types.List:
		elements = list.Elements()
	case types.Tuple:
		elements = list.Elements()
	case types.Set:
		return nil, false, errors.New("stages is a set, which has no order. Write a list")
	default:
		return nil, false, errors.New("stages is not a list. Write a list of objects, such as [{ percentage = 10, hold = \"24h\" }, { percentage = 100 }]")
	}
	known = true
	for i, element := range elements {
		s, complete, err := readStage(element)
		if err != nil {
			return nil, false, fmt.Errorf("stages[%d]%w", i, err)
		}
		known = known && complete
		stages = append(stages, s)
	}
	return stages, known, nil
}

// readStage reads one stage. Its errors continue a sentence that begins with the stage.
func readStage(element attr.Value) (s stage, known bool, err error) {
	if element.IsUnknown() {
		return stage{}, false, nil
	}
	var attributes map[string]attr.Value
	switch object := element.(type) {
	case types.Object:
		attributes = object.Attributes()
	case types.Map:
		attributes = object.Elements()
	}
	if element.IsNull() || attributes == nil {
		return stage{}, false, errors.New(" is not an object. Write { percentage = 10, hold = \"24h\" }")
	}
	for _, name := range slices.Sorted(maps.Keys(attributes)) {
		if name != percentageAttribute && name != holdAttribute {
			return stage{}, false, fmt.Errorf(" has the attribute %q. A stage has percentage and hold", name)
		}
	}
	percentage, hold := concrete(attributes[percentageAttribute]), concrete(attributes[holdAttribute])
	if percentage == nil || percentage.IsNull() {
		return stage{}, false, errors.New(" has no percentage. Write a number from 0 to 100")
	}
	known = true
	if percentage.IsUnknown() {
		known = false
	} else if s.percentage, err = readPercentage(percentage); err != nil {
		return stage{}, false, err
	}
	switch {
	case hold == nil || hold.IsNull():
	case hold.IsUnknown():
		known = false
	default:
		s.hold, err = readHold(hold)
	}
	return s, known, err
}

// concrete unwraps a value whose type the configuration leaves open, as that of a null.
func concrete(value attr.Value) attr.Value {
	if dynamic, ok := value.(types.Dynamic); ok && dynamic.UnderlyingValue() != nil {
		return dynamic.UnderlyingValue()
	}
	return value
}

// readPercentage takes text for a number, as Terraform does.
func readPercentage(value attr.Value) (*big.Float, error) {
	switch number := value.(type) {
	case types.Number:
		return number.ValueBigFloat(), nil
	case types.String:
		const precision = 512 // That of Terraform's numbers.
		parsed, _, err := big.ParseFloat(number.ValueString(), 10, precision, big.ToNearestEven)
		if err == nil {
			return parsed, nil
		}
	}
	return nil, errors.New(".percentage is not a number. Write a number from 0 to 100")
}

func readHold(value attr.Value) (*time.Duration, error) {
	hold, ok := value.(types.String)
	if !ok {
		return nil, errors.New(".hold is not text. Write a duration, such as \"24h\" or \"90m\"")
	}
	duration, err := time.ParseDuration(hold.ValueString())
	if err != nil {
		return nil, fmt.Errorf(".hold is %q, which is not a duration. Write hours, minutes or seconds, such as 6h, 90m or 1h30m", hold.ValueString())
	}
	return &duration, nil
}
