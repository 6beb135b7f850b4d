package archive_test

import (
	"archive/zip"
	"bytes"
	"encoding/hex"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/terraform-msstore/terraform-provider-msstore/internal/archive"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/archive/archivetest"
)

// write makes the archive as an upload does: in parts, and a header alone once its member is known.
func write(a *archive.Archive, limit int64) ([]byte, error) {
	data := make([]byte, a.Size())
	digest := a.NewDigest()
	var waiting []archive.Part
	for offset := int64(0); offset < a.Size(); {
		part := a.Cut(offset, limit)
		if part.Offset != offset || part.Size <= 0 || part.Size > limit {
			return nil, fmt.Errorf("the part at %d of at most %d bytes is %+v", offset, limit, part)
		}
		offset += part.Size
		if part.Needs > 0 {
			digest.Skip(part.Size)
			waiting = append(waiting, part)
			continue
		}
		p := data[part.Offset:offset]
		if err := a.ReadContent(p, part.Offset); err != nil {
			return nil, err
		}
		if err := digest.Update(p); err != nil {
			return nil, err
		}
		digest.Frame(p, part.Offset)
		for len(waiting) > 0 && waiting[0].Needs <= digest.Known() {
			first := waiting[0]
			digest.Frame(data[first.Offset:first.Offset+first.Size], first.Offset)
			waiting = waiting[1:]
		}
	}
	if len(waiting) > 0 {
		return nil, fmt.Errorf("%d parts could not be finished", len(waiting))
	}
	return data, nil
}

func drawMembers(t *rapid.T) ([]archive.Member, map[string][]byte) {
	element := rapid.StringMatching(`[\p{L}\p{N} ._()+~'&%-]{0,12}[\p{L}\p{N}]`)
	name := rapid.Map(rapid.SliceOfN(element, 1, 3), func(elements []string) string { return strings.Join(elements, "/") })
	contents := rapid.MapOfN(name, rapid.SliceOfN(rapid.Byte(), 0, 300), 1, 8).Draw(t, "contents")
	var members []archive.Member
	for name, data := range contents {
		members = append(members, archivetest.Member(name, data))
	}
	return members, contents
}

func TestArchive_isReadByTheStandardLibrary(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		members, want := drawMembers(t)
		a, err := archive.New(members)
		if err != nil {
			t.Fatal(err)
		}
		data, err := write(a, rapid.Int64Range(1, 400).Draw(t, "part"))
		if err != nil {
			t.Fatal(err)
		}
		again, err := write(a, rapid.Int64Range(1, 4000).Draw(t, "other part"))
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(data, again) {
			t.Error("the same members gave other bytes in other parts")
		}
		r, err := zip.NewReader(bytes.NewReader(data), a.Size())
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, contentsOf(t, r)); diff != "" {
			t.Errorf("what the archive holds (-want +got):\n%s", diff)
		}
		for i, f := range r.File {
			if f.Name != members[i].Name {
				t.Errorf("member %d is %q, want %q", i, f.Name, members[i].Name)
			}
		}
	})
}

func contentsOf(t *rapid.T, r *zip.Reader) map[string][]byte {
	contents := map[string][]byte{}
	for _, f := range r.File {
		if f.Method != zip.Store || f.NonUTF8 || f.Flags != 0x800 || !f.Modified.Equal(time.Date(1980, 1, 1, 0, 0, 0, 0, time.UTC)) {
			t.Errorf("%q has method %d, flags %#x, time %v, want stored, UTF-8 alone, 1980", f.Name, f.Method, f.Flags, f.Modified)
		}
		content, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		data, err := io.ReadAll(content)
		if err != nil {
			t.Fatal(err)
		}
		contents[f.Name] = data
	}
	return contents
}

// The bytes are pinned: an upload that is repeated by another release of the provider must be the same upload.
func TestArchive_bytes(t *testing.T) {
	t.Parallel()
	data, err := write(archivetest.New(t, archivetest.Member("a/é.msix", []byte("bytes")), archivetest.Member("b", nil)), 16)
	if err != nil {
		t.Fatal(err)
	}
	want := "" +
		// local headers and contents
		"504b0304" + "0a00" + "0008" + "0000" + "0000" + "2100" + "ce4399b1" + "05000000" + "05000000" + "0900" + "0000" +
		"612fc3a92e6d736978" + "6279746573" +
		"504b0304" + "0a00" + "0008" + "0000" + "0000" + "2100" + "00000000" + "00000000" + "00000000" + "0100" + "0000" +
		"62" +
		// directory
		"504b0102" + "2d00" + "0a00" + "0008" + "0000" + "0000" + "2100" + "ce4399b1" + "05000000" + "05000000" + "0900" + "0000" +
		"0000" + "0000" + "0000" + "00000000" + "00000000" + "612fc3a92e6d736978" +
		"504b0102" + "2d00" + "0a00" + "0008" + "0000" + "0000" + "2100" + "00000000" + "00000000" + "00000000" + "0100" + "0000" +
		"0000" + "0000" + "0000" + "00000000" + "2c000000" + "62" +
		// end
		"504b0506" + "0000" + "0000" + "0200" + "0200" + "66000000" + "4b000000" + "0000"
	if diff := cmp.Diff(want, hex.EncodeToString(data)); diff != "" {
		t.Errorf("the archive's bytes (-want +got):\n%s", diff)
	}
}

func TestArchive_isReadByOtherTools(t *testing.T) {
	t.Parallel()
	many := make([]archive.Member, 65_535)
	for i := range many {
		many[i] = archivetest.Member(fmt.Sprintf("folder %d/ü %d.msix", i%7, i), []byte{byte(i)})
	}
	shapes := map[string][]archive.Member{
		"one":              {archivetest.Member("a.msix", []byte("x"))},
		"empty":            {archivetest.Member("a.msix", nil)},
		"several":          {archivetest.Member("a.msix", bytes.Repeat([]byte("abc"), 1000)), archivetest.Member("dir/empty.msix", nil), archivetest.Member("dir/日本語.msix", []byte("x"))},
		"just below ZIP64": many[:65_534],
		"just ZIP64":       many,
	}
	for shape, members := range shapes {
		data, err := write(archivetest.New(t, members...), 1<<20)
		if err != nil {
			t.Fatal(err)
		}
		readByTools(t, shape, data, true)
	}
	// A tool that finds nothing wrong here would not have looked.
	damaged, err := write(archivetest.New(t, archivetest.Member("a.msix", []byte("bytes"))), 1<<20)
	if err != nil {
		t.Fatal(err)
	}
	damaged[36] ^= 1
	readByTools(t, "damaged", damaged, false)
}

func readByTools(t *testing.T, shape string, data []byte, want bool) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "archive.zip")
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	for tool, arguments := range map[string][]string{
		"unzip": {"-tqq"},
		// The module's own command line reports a damaged member and ends well.
		"python3": {"-c", "import sys, zipfile; sys.exit(zipfile.ZipFile(sys.argv[1]).testzip())"},
	} {
		t.Run(shape+"/"+tool, func(t *testing.T) {
			t.Parallel()
			if _, err := exec.LookPath(tool); err != nil {
				t.Skipf("%s is not installed", tool)
			}
			output, err := exec.CommandContext(t.Context(), tool, append(arguments, path)...).CombinedOutput()
			if got := err == nil; got != want {
				t.Errorf("%s finds the archive sound: %t (%v), want %t\n%s", tool, got, err, want, output)
			}
		})
	}
}

func TestNew_refuses(t *testing.T) {
	t.Parallel()
	valid := archivetest.Member("a.msix", nil)
	tests := map[string]struct {
		members []archive.Member
		want    string
	}{
		"nothing":           {nil, "no members"},
		"empty name":        {[]archive.Member{{}}, `member name "" is empty`},
		"absolute":          {[]archive.Member{{Name: "/a.msix"}}, `member name "/a.msix" is absolute`},
		"drive":             {[]archive.Member{{Name: "C:a.msix"}}, `member name "C:a.msix" is absolute`},
		"parent":            {[]archive.Member{{Name: "a/../../b.msix"}}, `path element ".."`},
		"current":           {[]archive.Member{{Name: "./b.msix"}}, `path element "."`},
		"empty element":     {[]archive.Member{{Name: "a//b.msix"}}, "empty path element"},
		"folder":            {[]archive.Member{{Name: "a/"}}, "empty path element"},
		"backslash":         {[]archive.Member{{Name: `a\b.msix`}}, "backslash"},
		"control character": {[]archive.Member{{Name: "a\nb.msix"}}, `member name "a\nb.msix" has a control character`},
		"not UTF-8":         {[]archive.Member{{Name: "\xff"}}, "is not UTF-8"},
		"long":              {[]archive.Member{{Name: strings.Repeat("a", 65536)}}, "has 65536 bytes, at most 65535 fit"},
		"long and wrong":    {[]archive.Member{{Name: "/" + strings.Repeat("a", 65536)}}, `"/` + strings.Repeat("a", 199) + `" has 65537 bytes`},
		"twice":             {[]archive.Member{valid, {Name: "b.msix"}, valid}, `member "a.msix" is in the archive twice`},
		"negative size":     {[]archive.Member{{Name: "a.msix", Size: -1}}, `member "a.msix" has the size -1`},
		"upper-case digest": {[]archive.Member{{Name: "a.msix", SHA256: strings.ToUpper(valid.SHA256)}}, `member "a.msix" has the SHA-256`},
		"short digest":      {[]archive.Member{{Name: "a.msix", SHA256: "00"}}, `member "a.msix" has the SHA-256`},
		"too large":         {[]archive.Member{{Name: "a.msix", Size: math.MaxInt64 / 2}, {Name: "b.msix", Size: math.MaxInt64 / 2}}, "larger than"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := archive.New(test.members)
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got the error %v, want %q", err, test.want)
			}
		})
	}
}

// Several goroutines read an archive, whatever its maker does with the members.
func TestNew_keepsItsMembers(t *testing.T) {
	t.Parallel()
	members := []archive.Member{archivetest.Member("a.msix", []byte("content"))}
	a, err := archive.New(members)
	if err != nil {
		t.Fatal(err)
	}
	members[0] = archive.Member{}
	if err := a.ReadContent(make([]byte, a.Size()), 0); err != nil {
		t.Error(err)
	}
}

func TestNew_namesEveryFault(t *testing.T) {
	t.Parallel()
	_, err := archive.New([]archive.Member{{Name: "/a"}, {Name: "ok"}, {Name: "b", Size: -1}})
	for _, want := range []string{`"/a"`, `"b"`} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got the error %v, want it to name %s", err, want)
		}
	}
}

func TestArchive_Cut(t *testing.T) {
	t.Parallel()
	// Headers of 31 bytes at 0 and 131, members at 31 and 162, the directory at 212, its end at 306.
	a := archivetest.New(t, archivetest.Member("a", make([]byte, 100)), archivetest.Member("b", make([]byte, 50)))
	tests := map[string]struct {
		offset, limit int64
		want          archive.Part
	}{
		"everything":                        {0, 1000, archive.Part{Size: 328}},
		"exactly everything":                {0, 328, archive.Part{Size: 328}},
		"some of the directory":             {0, 327, archive.Part{Size: 327}},
		"both members":                      {0, 212, archive.Part{Size: 212}},
		"the first member alone":            {0, 211, archive.Part{Size: 131}},
		"exactly the first member":          {0, 131, archive.Part{Size: 131}},
		"a member that does not fit":        {0, 130, archive.Part{Size: 31, Needs: 1}},
		"a part of a header":                {0, 30, archive.Part{Size: 30, Needs: 1}},
		"the rest of a header":              {30, 1000, archive.Part{Size: 1, Needs: 1}},
		"a part of a member":                {31, 99, archive.Part{Size: 99}},
		"the rest of a member and the next": {130, 1 + 81, archive.Part{Size: 82}},
		"the rest of a member only":         {130, 81, archive.Part{Size: 1}},
		"the second header":                 {131, 80, archive.Part{Size: 31, Needs: 2}},
		"the directory":                     {212, 10, archive.Part{Size: 10}},
		"the end":                           {306, 1000, archive.Part{Size: 22}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test.want.Offset = test.offset
			if got := a.Cut(test.offset, test.limit); got != test.want {
				t.Errorf("Cut(%d, %d) = %+v, want %+v", test.offset, test.limit, got, test.want)
			}
		})
	}
}

func TestArchive_changedFiles(t *testing.T) {
	t.Parallel()
	planned := archivetest.Member("a.msix", []byte("planned"))
	other := planned
	other.Content = strings.NewReader("changed")
	shorter := planned
	shorter.Content = strings.NewReader("plan")
	longer := planned
	longer.Content = strings.NewReader("planned and more")
	tests := map[string]struct {
		member archive.Member
		want   archive.ChangedError
	}{
		"other bytes": {other, archive.ChangedError{
			Name: "a.msix", Want: "SHA-256 " + planned.SHA256, Got: "SHA-256 " + archivetest.Member("", []byte("changed")).SHA256,
		}},
		"shorter": {shorter, archive.ChangedError{Name: "a.msix", Want: "7 bytes", Got: "4 bytes"}},
		"longer":  {longer, archive.ChangedError{Name: "a.msix", Want: "7 bytes", Got: "more"}},
	}
	for name, test := range tests {
		for _, part := range []int64{1, 5, 1000} {
			t.Run(fmt.Sprintf("%s in parts of %d", name, part), func(t *testing.T) {
				t.Parallel()
				_, err := write(archivetest.New(t, archivetest.Member("first", nil), test.member, archivetest.Member("last", nil)), part)
				changed, ok := errors.AsType[*archive.ChangedError](err)
				if !ok {
					t.Fatalf("got the error %v, want a ChangedError", err)
				}
				if diff := cmp.Diff(test.want, *changed); diff != "" {
					t.Errorf("(-want +got):\n%s", diff)
				}
				if !strings.Contains(err.Error(), `"a.msix" is not the file`) {
					t.Errorf("the error %q does not say that a.msix is another file", err)
				}
			})
		}
	}
}

func TestArchive_anyDigestIsAcceptedWithoutOne(t *testing.T) {
	t.Parallel()
	m := archivetest.Member("a.msix", []byte("anything"))
	m.SHA256 = ""
	data, err := write(archivetest.New(t, m), 100)
	if err != nil {
		t.Fatal(err)
	}
	r, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		t.Fatal(err)
	}
	if got, want := r.File[0].CRC32, crc32.ChecksumIEEE([]byte("anything")); got != want {
		t.Errorf("the CRC-32 is %08x, want %08x", got, want)
	}
}

// failing is a file that cannot be read, as on a disk or a network that fails.
type failing struct{ err error }

func (f failing) ReadAt([]byte, int64) (int, error) { return 0, f.err }

func TestArchive_ReadContent_fails(t *testing.T) {
	t.Parallel()
	fault := errors.New("disk fault")
	a := archivetest.New(t, archive.Member{Name: "a.msix", Content: failing{fault}, Size: 1})
	err := a.ReadContent(make([]byte, a.Size()), 0)
	failed, ok := errors.AsType[*archive.ReadError](err)
	if !ok || failed.Name != "a.msix" || !errors.Is(err, fault) {
		t.Errorf("got the error %v, want a ReadError of a.msix with %v", err, fault)
	}
	if _, ok := errors.AsType[*archive.ChangedError](err); ok {
		t.Errorf("%v takes a fault for a changed file", err)
	}
}
