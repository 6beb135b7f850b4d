package storesim

import (
	"encoding/json"
	"slices"
)

// OmitOptionalMembers makes replies say as little as the service may: they leave out what is empty, not set or documented nowhere, locations
// lead elsewhere, and the first look after a commit sees no status [store-api 2, 3.2, 4.1, 5.1].
func (s *Sim) OmitOptionalMembers(omit bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.omitOptionalMembers = omit
}

// undocumented are members that other clients have met, and one that some replies lack [store-api 4.1].
var undocumented = []string{"architecture", "targetPlatform", "targetDeviceFamilies", "minOSVersion", "innerPackages", "isSeekEnabled"}

// shorten takes the optional members out of a reply.
func (r *reply) shorten() {
	var body any
	if json.Unmarshal(r.body, &body) != nil {
		return
	}
	shorten(body)
	r.body = mustJSON(body)
}

func shorten(value any) {
	switch value := value.(type) {
	case []any:
		for _, element := range value {
			shorten(element)
		}
	case map[string]any:
		for name, member := range value {
			switch {
			case name == "resourceLocation":
				value[name] = "submissions/1152921504621086517"
			case name == "errors" && isEmpty(member):
				value[name] = nil
			case name == "targetPublishDate" && member == formatDate(notSet):
				value[name] = ""
			case name == "flightPackages", name == "value", name == "Value":
				shorten(member)
			case slices.Contains(undocumented, name), isEmpty(member), name == "packageRollout" && isOff(member):
				delete(value, name)
			default:
				shorten(member)
			}
		}
	}
}

func isEmpty(value any) bool {
	list, ok := value.([]any)
	return value == "" || ok && len(list) == 0
}

func isOff(rollout any) bool { return member(rollout, "isPackageRollout") != true }
