package msixtest

import (
	"os"
	"path/filepath"
)

// TB is the part of testing.TB that is needed here. The interface keeps package testing, and its flags, out of
// programs that make packages to show something.
type TB interface {
	Helper()
	Fatalf(format string, args ...any)
}

// WritePackage writes a [Package] to a file of that name in dir, and returns the file's path.
func WritePackage(tb TB, dir, name string, m Manifest) string {
	tb.Helper()
	return WriteFile(tb, dir, name, Package(m))
}

// WriteFile writes content to a file of that name in dir, and returns the file's path.
func WriteFile(tb TB, dir, name string, content []byte) string {
	tb.Helper()
	path := filepath.Join(dir, name)
	if err := os.WriteFile(path, content, 0o600); err != nil {
		tb.Fatalf("writing the package: %v", err)
	}
	return path
}
