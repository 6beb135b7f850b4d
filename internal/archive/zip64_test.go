package archive_test

import (
	"archive/zip"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"io"
	"math"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/terraform-msstore/terraform-provider-msstore/internal/archive"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/archive/archivetest"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/msix"
)

// header64 reads the sizes of the local header at an offset, and whether a ZIP64 field holds them.
func header64(tb testing.TB, r io.ReaderAt, offset int64) (compressed, uncompressed uint64, extended bool) {
	tb.Helper()
	fixed := make([]byte, 30)
	if _, err := r.ReadAt(fixed, offset); err != nil {
		tb.Fatal(err)
	}
	if got := binary.LittleEndian.Uint32(fixed); got != 0x04034b50 {
		tb.Fatalf("at %d is %08x, want a local header", offset, got)
	}
	if version, extended := fixed[4], fixed[28] != 0; version != 10 && !extended || version != 45 && extended {
		tb.Errorf("the local header needs version %d (ZIP64: %t)", version, extended)
	}
	compressed = uint64(binary.LittleEndian.Uint32(fixed[18:]))
	uncompressed = uint64(binary.LittleEndian.Uint32(fixed[22:]))
	name, extra := binary.LittleEndian.Uint16(fixed[26:]), binary.LittleEndian.Uint16(fixed[28:])
	if extra == 0 {
		return compressed, uncompressed, false
	}
	field := make([]byte, extra)
	if _, err := r.ReadAt(field, offset+30+int64(name)); err != nil {
		tb.Fatal(err)
	}
	if compressed != math.MaxUint32 || uncompressed != math.MaxUint32 || extra != 20 || field[0] != 1 || field[2] != 16 {
		tb.Fatalf("the header holds the sizes %d and %d with the field % x", compressed, uncompressed, field)
	}
	return binary.LittleEndian.Uint64(field[12:]), binary.LittleEndian.Uint64(field[4:]), true
}

func TestArchive_ZIP64(t *testing.T) {
	t.Parallel()
	const (
		header, entry, end, end64 = 31, 47, 22, 98
		limit                     = math.MaxUint32
	)
	tests := map[string]struct {
		size     int64 // of the first member
		extended bool  // whether its sizes need 64 bits
		want     int64 // size of the archive
	}{
		// The second member's header, of 31 bytes, is at size+31; the directory at size+31+31+3.
		"the directory's place just fits":   {limit - 1 - 65, false, limit - 1 + 2*entry + end},
		"the directory's place needs it":    {limit - 65, false, limit + 2*entry + end64},
		"a header's place just fits":        {limit - 1 - header, false, limit - 1 + header + 3 + 2*entry + end64},
		"a header's place needs it":         {limit - header, false, limit + header + 3 + 2*entry + 12 + end64},
		"the size just fits":                {limit - 1, false, limit - 1 + 2*header + 3 + 2*entry + 12 + end64},
		"the size needs it":                 {limit, true, limit + 2*header + 20 + 3 + 2*entry + 20 + 12 + end64},
		"the largest package of the Store":  {msix.MaxSize, true, msix.MaxSize + 2*header + 20 + 3 + 2*entry + 20 + 12 + end64},
		"as many blocks as a blob can hold": {50_000 * 4000 << 20, true, 50_000*4000<<20 + 2*header + 20 + 3 + 2*entry + 20 + 12 + end64},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a := archivetest.New(t,
				archive.Member{Name: "1", Content: archivetest.Zeros(test.size), Size: test.size},
				archive.Member{Name: "2", Content: strings.NewReader("abc"), Size: 3})
			if got := a.Size(); got != test.want {
				t.Errorf("the archive has %d bytes, want %d", got, test.want)
			}
			view := a.ReaderAt([]uint32{0x12345678, crc32.ChecksumIEEE([]byte("abc"))})
			compressed, uncompressed, extended := header64(t, view, 0)
			if compressed != uint64(test.size) || uncompressed != uint64(test.size) || extended != test.extended {
				t.Errorf("the local header says %d, %d (ZIP64: %t), want %d (ZIP64: %t)", compressed, uncompressed, extended, test.size, test.extended)
			}
			r, err := zip.NewReader(view, a.Size())
			if err != nil {
				t.Fatal(err)
			}
			first := r.File[0]
			if first.UncompressedSize64 != uint64(test.size) || first.CompressedSize64 != uint64(test.size) || first.CRC32 != 0x12345678 {
				t.Errorf("the directory says %d, %d, %08x, want %d and 12345678", first.CompressedSize64, first.UncompressedSize64, first.CRC32, test.size)
			}
			for _, f := range r.File {
				if want := uint16(10 + 35*min(len(f.Extra), 1)); f.ReaderVersion != want {
					t.Errorf("the directory needs version %d for %s with %d bytes of ZIP64, want %d", f.ReaderVersion, f.Name, len(f.Extra), want)
				}
			}
			content, err := r.File[1].Open()
			if err != nil {
				t.Fatal(err)
			}
			data, err := io.ReadAll(content)
			if err != nil || string(data) != "abc" {
				t.Errorf("the second member is %q (%v), want abc", data, err)
			}
		})
	}
}

func TestArchive_manyMembers(t *testing.T) {
	t.Parallel()
	const end, end64 = 22, 98
	for count, want := range map[int]int64{65_534: end, 65_535: end64, 70_000: end64} {
		t.Run(strconv.Itoa(count), func(t *testing.T) {
			t.Parallel()
			members := make([]archive.Member, count)
			for i := range members {
				members[i] = archive.Member{Name: fmt.Sprintf("%05d", i), Content: archivetest.Zeros(i % 3), Size: int64(i % 3)}
				want += 30 + 46 + 2*5 + int64(i%3)
			}
			a := archivetest.New(t, members...)
			if got := a.Size(); got != want {
				t.Errorf("the archive has %d bytes, want %d", got, want)
			}
			r, err := zip.NewReader(a.ReaderAt(make([]uint32, count)), a.Size())
			if err != nil {
				t.Fatal(err)
			}
			if len(r.File) != count {
				t.Fatalf("the directory has %d members, want %d", len(r.File), count)
			}
			for _, i := range []int{0, 40_000, count - 1} {
				if f := r.File[i]; f.Name != members[i].Name || int64(f.UncompressedSize64) != members[i].Size {
					t.Errorf("member %d is %s of %d bytes, want %s of %d", i, f.Name, f.UncompressedSize64, members[i].Name, members[i].Size)
				}
			}
		})
	}
}

func FuzzNew(f *testing.F) {
	f.Add("a.msix", int64(3), "folder/é.msix", int64(math.MaxUint32), "")
	f.Add("", int64(-1), `..\b`, int64(math.MaxInt64), strings.Repeat("0", 64))
	f.Add("C:/a", int64(math.MaxUint32-66), "C", int64(0), strings.Repeat("G", 64))
	f.Fuzz(func(t *testing.T, first string, firstSize int64, second string, secondSize int64, sha256 string) {
		members := []archive.Member{
			{Name: first, Content: archivetest.Zeros(firstSize), Size: firstSize, SHA256: sha256},
			{Name: second, Content: archivetest.Zeros(secondSize), Size: secondSize},
		}
		a, err := archive.New(members)
		if err != nil {
			return
		}
		r, err := zip.NewReader(a.ReaderAt([]uint32{1, 2}), a.Size())
		if err != nil {
			t.Fatalf("New accepted %q and %q, and the archive cannot be read: %v", first, second, err)
		}
		type fact struct {
			Name string
			Size uint64
		}
		var got, want []fact
		for i, f := range r.File {
			got = append(got, fact{f.Name, f.UncompressedSize64})
			want = append(want, fact{members[i].Name, uint64(members[i].Size)})
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("the directory (-want +got):\n%s", diff)
		}
	})
}
