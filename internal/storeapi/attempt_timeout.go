package storeapi

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
)

// attemptTimeoutPolicy limits how long an attempt may take. azcore's own limit would include the wait for the budget.
type attemptTimeoutPolicy struct{ timeout time.Duration }

// Do implements policy.Policy. The body has been read when Next returns, so cancelling does not cut it off.
func (p attemptTimeoutPolicy) Do(req *policy.Request) (*http.Response, error) {
	whole := req.Raw().Context()
	ctx, cancel := context.WithTimeout(whole, p.timeout)
	defer cancel()
	resp, err := req.Clone(ctx).Next()
	if err != nil && ctx.Err() != nil && whole.Err() == nil {
		// Not the context's error: that one says that the caller's time is over.
		err = fmt.Errorf("no reply within %v", p.timeout)
	}
	return resp, err
}
