package storeapi

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// object is a JSON object as the Store sent it: its members in their order, each value byte for byte.
//
// A PUT replaces a submission, and the Store may add members that this package has never heard of [store-api 4.1]. So
// whatever is read keeps its object, and what is sent starts from it: a member that nobody changed leaves exactly as it
// came, known or not. An object is never changed after it was parsed, which lets copies share it.
type object []member

type member struct {
	name  string
	value json.RawMessage
}

var errNotObject = errors.New("not a JSON object")

// parseObject reads an object; null is one without members.
func parseObject(data []byte) (object, error) {
	decoder := json.NewDecoder(bytes.NewReader(data))
	switch start, err := decoder.Token(); {
	case err != nil:
		return nil, fmt.Errorf("%w: %w", errNotObject, err)
	case start == nil:
		return nil, nil
	case start != json.Delim('{'):
		return nil, errNotObject
	}
	o := object{}
	for decoder.More() {
		name, err := decoder.Token()
		if err != nil {
			return nil, fmt.Errorf("%w: %w", errNotObject, err)
		}
		var value json.RawMessage
		if err := decoder.Decode(&value); err != nil {
			return nil, fmt.Errorf("%w: %w", errNotObject, err)
		}
		o = append(o, member{name: fmt.Sprint(name), value: value})
	}
	if _, err := decoder.Token(); err != nil {
		return nil, fmt.Errorf("%w: %w", errNotObject, err)
	}
	return o, nil
}

// find gives the value of a member, nil if there is none. Names are compared without regard to case, because the Store
// writes PackageFamilyName among camel-case names [store-api 2].
func (o object) find(name string) json.RawMessage {
	for _, m := range slices.Backward(o) { // As in encoding/json, the last of several wins.
		if strings.EqualFold(m.name, name) {
			return m.value
		}
	}
	return nil
}

// field ties a member's name to a variable.
type field struct {
	name string
	// decode sets the variable from what the Store sent: nil if the member is missing.
	decode func(given json.RawMessage) error
	// encode gives the member's value to send: given itself if it still says the same, nil to leave the member out.
	encode func(given json.RawMessage) (json.RawMessage, error)
}

// fielder is a structure that is read from an object and written back into it.
type fielder interface {
	fields() []field
	// kept is where the structure keeps the object that it was read from.
	kept() *object
}

func decodeFields(o object, fields []field) error {
	for _, f := range fields {
		if err := f.decode(o.find(f.name)); err != nil {
			return fmt.Errorf("member %s: %w", f.name, err)
		}
	}
	return nil
}

func decodeObject(data []byte, into fielder) error {
	o, err := parseObject(data)
	if err != nil {
		return err
	}
	*into.kept() = o
	return decodeFields(o, into.fields())
}

// encodeFields writes the members of o in their order with the values that the fields have now, then the fields that o
// lacks. It does not go through json.Marshal, which would rewrite the values of unknown members.
func encodeFields(o object, fields []field) (json.RawMessage, error) {
	values := make(map[string]json.RawMessage, len(fields))
	names := make(map[string]string, len(fields))
	for _, f := range fields {
		value, err := f.encode(o.find(f.name))
		if err != nil {
			return nil, fmt.Errorf("member %s: %w", f.name, err)
		}
		values[f.name] = value
		names[strings.ToLower(f.name)] = f.name
	}
	var out bytes.Buffer
	write := func(name string, value json.RawMessage) error {
		if out.Len() == 0 {
			out.WriteByte('{')
		} else {
			out.WriteByte(',')
		}
		key, err := quote(name)
		if err != nil {
			return err
		}
		out.Write(key)
		out.WriteByte(':')
		out.Write(value)
		return nil
	}
	for _, m := range o {
		value := m.value
		if name, known := names[strings.ToLower(m.name)]; known {
			value = values[name]
			delete(values, name)
		}
		if value == nil {
			continue
		}
		if err := write(m.name, value); err != nil {
			return nil, err
		}
	}
	for _, f := range fields {
		if value := values[f.name]; value != nil {
			if err := write(f.name, value); err != nil {
				return nil, err
			}
		}
	}
	if out.Len() == 0 {
		out.WriteByte('{')
	}
	out.WriteByte('}')
	return out.Bytes(), nil
}

func encodeObject(from fielder) (json.RawMessage, error) {
	return encodeFields(*from.kept(), from.fields())
}

// isNull says that a member is missing or null, which mean the same: the Store leaves nulls out [store-api 2].
func isNull(value json.RawMessage) bool {
	return len(value) == 0 || string(value) == "null"
}
