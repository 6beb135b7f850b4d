package workflow

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/terraform-msstore/terraform-provider-msstore/internal/archive"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/artifact"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/blob"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/storeapi"
)

// upload sends the packages that the Store does not have as the one archive of
// the submission [store-api 6.2]. A second upload would overwrite the first, so
// the archive always holds all of them.
func (w *Workflow) upload(ctx context.Context, draft *storeapi.Submission, packages []Package) error {
	members := make([]archive.Member, 0, len(packages))
	for _, p := range packages {
		content, err := artifact.Open(ctx, p.Source, artifact.Options{Header: p.SourceHeader, Logger: w.Logger})
		if err != nil {
			return &Problem{
				Attribute: []any{"packages", p.Index, "source"}, Summary: "Package cannot be read",
				Detail: fmt.Sprintf("Uploading %s for %s.", p.FileName, draft.Ref), Err: err,
			}
		}
		defer content.Close()
		members = append(members, archive.Member{Name: p.FileName, Content: content, Size: content.Size(), SHA256: p.SHA256})
	}
	content, err := archive.New(members)
	if err != nil {
		return fmt.Errorf("building the archive for %s: %w", draft.Ref, err)
	}
	err = w.Upload(ctx, draft.FileUploadURL, content)
	if err == nil {
		return nil
	}
	name, changed := failedMember(err)
	switch {
	case changed:
		return &Problem{
			Attribute: sourceOf(packages, name),
			Summary:   "Package file is not the one that was planned",
			Detail: fmt.Sprintf("%s has changed since the plan, or its sha256 is not the digest of what its source has. Nothing was submitted. "+
				"Correct sha256, or plan again to submit the package as it is now.", name),
			Err: err,
		}
	case errors.Is(err, blob.ErrExpired):
		return &Problem{
			Summary: "Upload URL of the draft has expired",
			Detail: fmt.Sprintf("Uploading the packages of %s. A draft accepts packages for about a day after its creation. "+
				"Apply again: the draft is then replaced by a new one.", draft.Ref),
			Err: err,
		}
	}
	return &Problem{
		Attribute: sourceOf(packages, name),
		Summary:   "Packages could not be uploaded",
		Detail: fmt.Sprintf("Uploading %d package(s), %d bytes, for %s. Nothing was committed; apply again to repeat the upload.",
			len(packages), content.Size(), draft.Ref),
		Err: err,
	}
}

// failedMember names the package that is to blame, if one is, and tells whether
// its bytes are not the ones that were planned: by their digest or size, or
// because the source itself noticed it.
func failedMember(err error) (name string, changed bool) {
	if other, ok := errors.AsType[*archive.ChangedError](err); ok {
		return other.Name, true
	}
	if failed, ok := errors.AsType[*archive.ReadError](err); ok {
		_, changed = errors.AsType[*artifact.ChangedError](failed)
		return failed.Name, changed
	}
	return "", false
}

// sourceOf leads to the source of the package of that name; without one, to nothing.
func sourceOf(packages []Package, name string) []any {
	i := slices.IndexFunc(packages, func(p Package) bool { return p.FileName == name })
	if i < 0 {
		return nil
	}
	return []any{"packages", packages[i].Index, "source"}
}

// digestsOf maps file names to digests, as the record has them.
func digestsOf(packages []Package) map[string]string {
	digests := make(map[string]string, len(packages))
	for _, p := range packages {
		digests[p.FileName] = p.SHA256
	}
	return digests
}
