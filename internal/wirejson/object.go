package wirejson

import (
	"encoding/json"
	"errors"
	"maps"
	"slices"
	"strings"
)

// Object is a JSON object: its members by name, with the values that the Store sent. It is not changed once it was
// decoded, which lets copies share it.
type Object map[string]json.RawMessage

// ParseObject reads an object. Null is none.
func ParseObject(data []byte) (o Object, err error) {
	if json.Unmarshal(data, &o) != nil || o == nil {
		return nil, errors.New("not a JSON object")
	}
	return o, nil
}

// key gives the name that a member has in the object. Names are compared without regard to case, because the Store writes
// PackageFamilyName among camel-case names [store-api 2].
func (o Object) key(name string) string {
	if o[name] != nil {
		return name
	}
	for _, key := range slices.Sorted(maps.Keys(o)) {
		if strings.EqualFold(key, name) {
			return key
		}
	}
	return name
}

// Find gives the value of a member, nil if there is none.
func (o Object) Find(name string) json.RawMessage { return o[o.key(name)] }

// IsNull says that a member is missing or null, which mean the same: the Store leaves nulls out [store-api 2].
func IsNull(value json.RawMessage) bool {
	return len(value) == 0 || string(value) == "null"
}

// Elements gives the elements of an array without the nulls among them; a missing array is an empty one.
func Elements(given json.RawMessage) ([]json.RawMessage, error) {
	if IsNull(given) {
		return nil, nil
	}
	var elements []json.RawMessage
	if err := json.Unmarshal(given, &elements); err != nil {
		return nil, errors.New("not a JSON array")
	}
	return slices.DeleteFunc(elements, IsNull), nil
}
