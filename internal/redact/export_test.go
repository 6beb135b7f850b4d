package redact

// Registry is a registry of its own, for tests that fill one.
type Registry struct{ registry }

func (r *Registry) Add(value string) { r.add(value) }

func (r *Registry) Clean(s string) string { return r.clean(s) }

// Values is how many secrets are known.
func (r *Registry) Values() int { return len(r.values) }

// Patterns is how many patterns are looked for.
func (r *Registry) Patterns() int {
	n := 0
	for _, p := range r.patterns {
		n += len(p)
	}
	return n
}

// Bytes is the memory that the secrets take.
func (r *Registry) Bytes() int { return r.bytes }

const (
	MaxValues = maxValues
	MaxBytes  = maxBytes
	MaxValue  = maxValue
)
