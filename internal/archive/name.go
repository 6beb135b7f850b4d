package archive

import (
	"errors"
	"fmt"
	"math"
	"strings"
	"unicode"
	"unicode/utf8"
)

// validateName refuses what an extractor could place outside of its folder, also on Windows, and what the format cannot hold.
func validateName(name string) error {
	if fault := nameFault(name); fault != nil {
		return fmt.Errorf("member name %.200q %w", name, fault)
	}
	return nil
}

func nameFault(name string) error {
	switch {
	case name == "":
		return errors.New("is empty")
	case len(name) > math.MaxUint16:
		return fmt.Errorf("has %d bytes, at most %d fit", len(name), math.MaxUint16)
	case !utf8.ValidString(name):
		return errors.New("is not UTF-8")
	case strings.HasPrefix(name, "/"), hasDrive(name):
		return errors.New("is absolute")
	case strings.Contains(name, `\`):
		return errors.New("has a backslash, folders are separated by /")
	case strings.ContainsFunc(name, unicode.IsControl):
		return errors.New("has a control character")
	}
	for element := range strings.SplitSeq(name, "/") {
		switch element {
		case "":
			return errors.New("has an empty path element")
		case ".", "..":
			return fmt.Errorf("has the path element %q", element)
		}
	}
	return nil
}

// hasDrive reports whether Windows would take the name for a path on a drive.
func hasDrive(name string) bool {
	if len(name) < 2 || name[1] != ':' {
		return false
	}
	letter := name[0] | 0x20
	return 'a' <= letter && letter <= 'z'
}
