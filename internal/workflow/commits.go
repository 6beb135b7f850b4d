package workflow

import (
	"sync"

	"github.com/terraform-msstore/terraform-provider-msstore/internal/storeapi"
)

// commits remembers what this process has committed. Another resource of the same
// flight does not know of it, and the Store may still show a draft [store-api 5.3].
// The zero value is ready.
type commits struct {
	mu      sync.Mutex
	records map[string]Record // by submission id
}

func (c *commits) add(r Record) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.records == nil {
		c.records = map[string]Record{}
	}
	c.records[r.SubmissionID] = Record{SubmissionID: r.SubmissionID, Committed: r.Committed}
}

// of is what is known of a submission's commit, nothing if this process has not
// committed it.
func (c *commits) of(ref storeapi.SubmissionRef) Record {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.records[ref.SubmissionID]
}
