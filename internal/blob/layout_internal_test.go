package blob

import (
	"testing"
)

const (
	before = "2014-02-14"
	middle = "2018-11-09"
	today  = "2024-05-04"
)

func TestNewLayout(t *testing.T) {
	t.Parallel()
	const gib = 1 << 30
	tests := map[string]struct {
		size, wanted      int64
		members           int
		version           string
		smallest, largest int64
	}{
		"small":                                  {22, 0, 1, today, mib, 8 * mib},
		"today's":                                {gib, 0, 1, today, mib, 8 * mib},
		"the oldest":                             {gib, 0, 1, before, mib, 4 * mib},
		"without a version":                      {gib, 0, 1, "", mib, 4 * mib},
		"last of the oldest":                     {gib, 0, 1, "2016-05-30", mib, 4 * mib},
		"the middle":                             {gib, 0, 1, middle, mib, 8 * mib},
		"the largest package":                    {25 * gib, 0, 1, today, mib, 8 * mib},
		"as many blocks as there may be":         {49_998 * mib, 0, 1, today, mib, 8 * mib},
		"larger blocks for a larger archive":     {49_998*mib + 1, 0, 1, today, 2 * mib, 8 * mib},
		"larger blocks for more members":         {49_998 * mib, 0, 2, today, 2 * mib, 8 * mib},
		"small members share blocks":             {gib, 0, 40_000, today, mib, 8 * mib},
		"all of the oldest's":                    {49_998 * 4 * mib, 0, 1, before, 4 * mib, 4 * mib},
		"all of today's":                         {49_998 * 8 * mib, 0, 1, today, 8 * mib, 8 * mib},
		"wanted":                                 {gib, 3 * mib, 1, today, 3 * mib, 3 * mib},
		"wanted below the unit of memory":        {mib, 128 << 10, 1, today, 128 << 10, 128 << 10},
		"wanted above what the service takes":    {gib, 8 * mib, 1, before, 4 * mib, 4 * mib},
		"wanted too small for a blob":            {gib, 16 << 10, 1, today, mib + 16<<10, mib + 16<<10},
		"wanted too small for the largest":       {49_998 * 8 * mib, 16 << 10, 1, today, 8 * mib, 8 * mib},
		"wanted above what memory is handed out": {gib, 100 * mib, 1, today, 8 * mib, 8 * mib},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			l, err := newLayout(test.size, test.members, test.wanted, test.version)
			if err != nil {
				t.Fatal(err)
			}
			if l.smallest != test.smallest || l.largest != test.largest {
				t.Errorf("blocks of %d to %d bytes, want %d to %d", l.smallest, l.largest, test.smallest, test.largest)
			}
		})
	}
}

func TestNewLayout_tooLarge(t *testing.T) {
	t.Parallel()
	for version, limit := range map[string]int64{before: 4 * mib, middle: 8 * mib, today: 8 * mib} {
		if l, err := newLayout(limit*maxBlocks+1, 1, 0, version); err == nil {
			t.Errorf("version %s accepts blocks of %d bytes", version, l.smallest)
		}
	}
}

// Few large blocks on a near line, many small ones on a distant one, and smaller ones yet where memory is shared.
func TestLayout_blockSize(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		inFlight, chunks int
		version          string
		want             int64
	}{
		{2, 48, today, 8 * mib},
		{4, 48, today, 8 * mib},
		{8, 48, today, 4 * mib},
		{16, 48, today, 2 * mib},
		{32, 48, today, mib},
		{2, 48, before, 4 * mib},
		{2, 4, today, mib},
		{32, 1, today, mib},
	} {
		l, err := newLayout(1<<30, 1, 0, test.version)
		if err != nil {
			t.Fatal(err)
		}
		if got := l.blockSize(test.inFlight, test.chunks); got != test.want {
			t.Errorf("%d blocks in flight and %d chunks of memory: blocks of %d bytes, want %d", test.inFlight, test.chunks, got, test.want)
		}
	}
}

func TestBlockID(t *testing.T) {
	t.Parallel()
	if first, last := blockID(0), blockID(maxBlocks-1); len(first) != len(last) || first == last {
		t.Errorf("the ids %q and %q are no two of the same length", first, last)
	}
}
