package workflow

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/terraform-msstore/terraform-provider-msstore/internal/archive"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/artifact"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/blob"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/storeapi"
)

// upload sends the packages that the Store does not have as the one archive of
// the submission [store-api 6.2]. A second upload would overwrite the first, so
// the archive always holds all of them.
func (w *Workflow) upload(ctx context.Context, d Desired, draft *storeapi.Submission, packages []Package) error {
	members := make([]archive.Member, 0, len(packages))
	for _, p := range packages {
		content, err := artifact.Open(ctx, p.Source, artifact.Options{Header: p.SourceHeader})
		if err != nil {
			return &Problem{
				Attribute: sourceOf(d, p), Summary: "Package cannot be read",
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
	err = w.Upload(ctx, draft.FileUploadURL.Reveal(), content)
	switch changed, isChanged := changedPackage(packages, err); {
	case err == nil:
		return nil
	case isChanged:
		return &Problem{
			Attribute: sourceOf(d, changed),
			Summary:   "Package file changed after it was planned",
			Detail: "The bytes that are there now are not the ones that the plan shows, so nothing was handed to the Store. " +
				"Plan again to submit the file as it is now.",
			Err: err,
		}
	case errors.Is(err, blob.ErrExpired):
		return &Problem{
			Summary: "Upload URL of the draft has expired",
			Detail: fmt.Sprintf("Uploading the packages of %s. A draft takes packages for about a day after its creation. "+
				"Apply again: the draft is then replaced by a new one.", draft.Ref),
			Err: err,
		}
	}
	return &Problem{
		Summary: "Packages could not be uploaded",
		Detail: fmt.Sprintf("Uploading %d package(s), %d bytes, for %s. Nothing was committed; apply again to repeat the upload.",
			len(packages), content.Size(), draft.Ref),
		Err: err,
	}
}

// changedPackage names the package whose bytes are not what they were: by their
// digest, or because the source itself noticed it.
func changedPackage(packages []Package, err error) (Package, bool) {
	name, location := "", ""
	if changed, ok := errors.AsType[*archive.ChangedError](err); ok {
		name = changed.Name
	} else if changed, ok := errors.AsType[*artifact.ChangedError](err); ok {
		location = changed.Location
	} else {
		return Package{}, false
	}
	i := slices.IndexFunc(packages, func(p Package) bool { return p.FileName == name || p.Source == location })
	return packages[max(i, 0)], true
}

func sourceOf(d Desired, p Package) []any {
	i := slices.IndexFunc(d.Packages, func(q Package) bool { return q.FileName == p.FileName })
	return []any{"packages", i, "source"}
}

// digestsOf maps file names to digests, as the record keeps them.
func digestsOf(packages []Package) map[string]string {
	digests := make(map[string]string, len(packages))
	for _, p := range packages {
		digests[p.FileName] = p.SHA256
	}
	return digests
}

// covers tells whether the uploaded archive holds just these packages' bytes.
// Members beyond them do no harm [store-api 6.2].
func (r Record) covers(packages []Package) bool {
	for name, digest := range maps.All(digestsOf(packages)) {
		if digest == "" || r.Uploaded[name] != digest {
			return false
		}
	}
	return true
}
