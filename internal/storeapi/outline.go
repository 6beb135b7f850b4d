package storeapi

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// payloadOutline describes a payload without its values: enough to see which members came, too little to leak an upload
// URL.
func payloadOutline(payload []byte) string {
	payload = trimBOM(payload)
	var value any
	switch {
	case len(payload) == 0:
		return "empty"
	case json.Unmarshal(payload, &value) != nil:
		return fmt.Sprintf("%d bytes that are not JSON", len(payload))
	default:
		return outline(value)
	}
}

func outline(value any) string {
	switch v := value.(type) {
	case map[string]any:
		var members []string
		for _, name := range slices.Sorted(maps.Keys(v)) {
			members = append(members, name+" "+outline(v[name]))
		}
		return "{" + strings.Join(members, ", ") + "}"
	case []any:
		if len(v) == 0 {
			return "[0]"
		}
		return fmt.Sprintf("[%d of %s]", len(v), outline(v[0]))
	case string:
		return fmt.Sprintf("string of %d", len(v))
	case float64:
		return "number"
	case bool:
		return "bool"
	default:
		return "null"
	}
}
