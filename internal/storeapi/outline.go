package storeapi

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// outlineDepth is how many levels of a payload are described.
const outlineDepth = 6

// payloadOutline describes a payload without its values: enough to see which members came, too little to leak an upload
// URL.
func payloadOutline(payload []byte, depth int) string {
	payload = bytes.TrimSpace(trimBOM(payload))
	if len(payload) == 0 {
		return "empty"
	}
	if depth == 0 {
		return "…"
	}
	switch payload[0] {
	case '{':
		o, err := parseObject(payload)
		if err != nil {
			break
		}
		var members []string
		for _, name := range slices.Sorted(maps.Keys(o)) {
			members = append(members, name+" "+payloadOutline(o[name], depth-1))
		}
		return "{" + strings.Join(members, ", ") + "}"
	case '[':
		var elements []json.RawMessage
		if json.Unmarshal(payload, &elements) != nil {
			break
		}
		if len(elements) == 0 {
			return "[0]"
		}
		return fmt.Sprintf("[%d of %s]", len(elements), payloadOutline(elements[0], depth-1))
	case '"':
		return fmt.Sprintf("string of %d", len(payload)-2)
	case 't', 'f':
		return "bool"
	case 'n':
		return "null"
	case '-', '0', '1', '2', '3', '4', '5', '6', '7', '8', '9':
		return "number"
	}
	return fmt.Sprintf("%d bytes that are not JSON", len(payload))
}
