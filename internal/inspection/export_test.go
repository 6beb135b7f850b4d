package inspection

import (
	"context"

	"github.com/terraform-msstore/terraform-provider-msstore/internal/artifact"
)

// ReadAs reads a package that was seen with an identity before.
func (i *Inspector) ReadAs(ctx context.Context, request Request, identity artifact.Identity) (Result, error) {
	return i.read(ctx, &reading{request: request, identity: identity})
}
