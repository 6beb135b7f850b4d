package msix

import (
	"archive/zip"
	"bytes"
	"io"
)

// What is read of a deflated member. Tools write the manifest and the directory last, so that the end of it is
// all that is needed, and one pass over it is enough.
const (
	window = 8 << 20
	// maxRatio is far more than packages, which are compressed themselves, can be compressed once more. Deflate
	// can do a thousand to one for what is made to keep a reader busy.
	maxRatio = 200
)

// readUpload looks for the packages at the root. Everything else, mostly debugging symbols, is the Store's
// business.
func (d *directory) readUpload() (*Package, error) {
	u := &Package{Kind: KindUpload}
	var first *Package
	var resources []string
	for _, f := range d.roots {
		p, err := d.readUploaded(f)
		if err != nil {
			return nil, err
		}
		if first == nil {
			first = p
		} else if first.Kind == KindBundle || p.Kind == KindBundle {
			return nil, d.fault(nil, "it holds %s and %s at its root, expected one bundle or packages only",
				quote(d.roots[0].Name), quote(f.Name))
		}
		if first.Name != p.Name || first.Publisher != p.Publisher {
			return nil, d.fault(nil, "it holds packages of two apps: %s and %s", first.describe(), p.describe())
		}
		if p.Kind == kindResource {
			resources = append(resources, p.Languages...)
			continue
		}
		if p.Version.Compare(u.Version) > 0 {
			u.Version = p.Version
		}
		u.contain(*p)
	}
	if len(u.Contents) == 0 {
		return nil, d.fault(nil, "it holds resource packages only, such as %s: they have translations or images and no program. "+
			"An upload file holds %s", quote(d.roots[0].Name), uploadContents)
	}
	u.Name, u.Publisher = first.Name, first.Publisher
	u.Languages = distinct(u.Languages, resources)
	return u, nil
}

func (d *directory) readUploaded(f *zip.File) (*Package, error) {
	if _, err := d.find(f.Name); err != nil {
		return nil, err
	}
	if err := d.check(f); err != nil {
		return nil, err
	}
	var inner source
	var err error
	if f.Method == zip.Store {
		inner, err = d.stored(f)
	} else {
		inner, err = d.deflated(f)
	}
	if err != nil {
		return nil, err
	}
	return inner.read(KindPackage, KindBundle)
}

// deflated decompresses a member once and keeps the end of it.
func (d *directory) deflated(f *zip.File) (source, error) {
	size, packed := signed(f.UncompressedSize64), signed(f.CompressedSize64)
	if size > MaxSize {
		return source{}, d.fault(nil, "member %s has %d bytes, expected at most %d", quote(f.Name), size, int64(MaxSize))
	}
	if size > window && size/maxRatio > packed {
		return source{}, d.fault(nil, "member %s has %d bytes compressed to %d, which no package can be", quote(f.Name), size, packed)
	}
	in := &inflated{file: f}
	end, err := in.readEnd(max(0, size-window), size)
	if err != nil {
		return source{}, d.unreadable(f, err)
	}
	s := d.inside(f.Name, end, size)
	s.forward = end.start > 0
	return s, nil
}

// inflated reads a deflated member at any place, by decompressing it again from its start. That is bearable because
// hardly more is read before its tail than a manifest.
type inflated struct {
	file *zip.File
	in   io.Reader
	at   int64
}

// readEnd holds the bytes from start on in memory. It also compares the member's size and CRC-32, for it reads all of it.
func (r *inflated) readEnd(start, size int64) (*tail, error) {
	if err := r.seek(start); err != nil {
		return nil, err
	}
	end := bytes.NewBuffer(make([]byte, 0, size-start))
	_, err := io.Copy(end, r.in)
	r.in = nil
	return &tail{r: r, bytes: end.Bytes(), start: start}, err
}

// seek goes to a place by decompressing what comes before it.
func (r *inflated) seek(off int64) error {
	if r.in == nil || off < r.at {
		in, err := openMember(r.file)
		if err != nil {
			return err
		}
		r.in, r.at = in, 0
	}
	skipped, err := io.CopyN(io.Discard, r.in, off-r.at)
	r.at += skipped
	if err != nil {
		return noEOF(err)
	}
	return nil
}

// ReadAt implements [io.ReaderAt] for one caller at a time.
func (r *inflated) ReadAt(p []byte, off int64) (int, error) {
	if err := r.seek(off); err != nil {
		return 0, err
	}
	n, err := io.ReadFull(r.in, p)
	r.at += int64(n)
	if err != nil {
		return n, noEOF(err)
	}
	return n, nil
}
