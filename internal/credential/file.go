package credential

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
)

// maxFile bounds, in bytes, a certificate or token file.
const maxFile = 1 << 20

// readFile reads a small file. Anything else than a file could keep its reader waiting, or never end.
func readFile(path string) ([]byte, error) {
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, fmt.Errorf("%s does not exist", path)
	case err != nil:
		return nil, fmt.Errorf("%s cannot be read: %w", path, innermost(err))
	case !info.Mode().IsRegular():
		return nil, fmt.Errorf("%s is not a file", path)
	case info.Size() > maxFile:
		return nil, fmt.Errorf("%s is larger than 1 MiB", path)
	}
	content, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("%s cannot be read: %w", path, innermost(err))
	}
	return content, nil
}
