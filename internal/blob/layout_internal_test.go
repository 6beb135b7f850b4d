package blob

import (
	"testing"
)

func TestNewLayout(t *testing.T) {
	t.Parallel()
	const (
		gib    = 1 << 30
		before = "2014-02-14"
		middle = "2018-11-09"
		today  = "2024-05-04"
	)
	tests := map[string]struct {
		size, wanted int64
		version      string
		blockSize    int64
		blocks       int
	}{
		"small":                              {22, 0, today, 8 * mib, 1},
		"today's":                            {gib, 0, today, 8 * mib, 128},
		"one byte more":                      {gib + 1, 0, today, 8 * mib, 129},
		"the oldest":                         {gib, 0, before, 4 * mib, 256},
		"without a version":                  {gib, 0, "", 4 * mib, 256},
		"last of the oldest":                 {gib, 0, "2016-05-30", 4 * mib, 256},
		"first of the middle":                {gib, 200 * mib, "2016-05-31", 100 * mib, 11},
		"last of the middle":                 {gib, 200 * mib, "2019-12-11", 100 * mib, 11},
		"first of today's":                   {gib, 200 * mib, "2019-12-12", 200 * mib, 6},
		"as many blocks as there may be":     {50_000 * 8 * mib, 0, today, 8 * mib, 50_000},
		"larger blocks for a larger archive": {50_000*8*mib + 1, 0, today, 9 * mib, 44_445},
		"all of the oldest's":                {50_000 * 4 * mib, 0, before, 4 * mib, 50_000},
		"all of the middle's":                {50_000 * 100 * mib, 0, middle, 100 * mib, 50_000},
		"all of today's":                     {50_000 * 4000 * mib, 0, today, 4000 * mib, 50_000},
		"wanted":                             {gib, mib, today, mib, 1024},
		"wanted too small":                   {mib, 1, today, 128 << 10, 8},
		"wanted too large":                   {gib, 5000 * mib, today, 4000 * mib, 1},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			l, err := newLayout(test.size, test.wanted, test.version)
			if err != nil {
				t.Fatal(err)
			}
			if l.blockSize != test.blockSize || l.blocks() != test.blocks {
				t.Errorf("%d blocks of %d bytes, want %d of %d", l.blocks(), l.blockSize, test.blocks, test.blockSize)
			}
			offset, length := l.block(l.blocks() - 1)
			if offset+int64(length) != test.size || length <= 0 {
				t.Errorf("the last block has %d bytes at %d, the archive %d", length, offset, test.size)
			}
			if first, last := l.id(0), l.id(l.blocks()-1); len(first) != len(last) {
				t.Errorf("the ids %q and %q differ in length", first, last)
			}
		})
	}
}

func TestNewLayout_tooLarge(t *testing.T) {
	t.Parallel()
	for version, limit := range map[string]int64{"2014-02-14": 4 * mib, "2018-11-09": 100 * mib, "2024-05-04": 4000 * mib} {
		if l, err := newLayout(limit*maxBlocks+1, 0, version); err == nil {
			t.Errorf("version %s accepts blocks of %d bytes", version, l.blockSize)
		}
	}
}

func TestLayout_buffers(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		blockSize int64
		parallel  int
		want      int
	}{
		{8 * mib, 4, 6},
		{8 * mib, 1, 4},
		{8 * mib, 100, 8},
		{4 * mib, 4, 6},
		{4000 * mib, 4, 4},
	} {
		if got := (layout{blockSize: test.blockSize}).buffers(test.parallel); got != test.want {
			t.Errorf("%d buffers of %d bytes for %d blocks at once, want %d", got, test.blockSize, test.parallel, test.want)
		}
	}
}
