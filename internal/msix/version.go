package msix

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Version is a version in four parts, as packages and Windows have: major, minor, build and revision.
type Version [4]uint16

// ParseVersion reads a version such as 1.2.3.0: four decimal numbers from 0 to 65535 without leading zeros,
// which is the only syntax that package manifests allow.
func ParseVersion(s string) (Version, error) {
	v, parts, err := parseVersion(s)
	if err != nil {
		return Version{}, err
	}
	if parts != len(v) {
		return Version{}, fmt.Errorf("version %s has %d parts, expected four such as 1.2.3.0", quote(s), parts)
	}
	return v, nil
}

// parseOSVersion reads a version of Windows 8.x, where the last parts may be missing: 6.2.1.
func parseOSVersion(s string) (Version, error) {
	v, parts, err := parseVersion(s)
	if err == nil && parts < 2 {
		err = fmt.Errorf("version %s has %d part, expected two to four such as 6.3.0", quote(s), parts)
	}
	return v, err
}

func parseVersion(s string) (v Version, parts int, err error) {
	for part := range strings.SplitSeq(s, ".") {
		if parts == len(v) {
			return Version{}, 0, fmt.Errorf("version %s has more than four parts", quote(s))
		}
		number, err := strconv.ParseUint(part, 10, 16)
		// Formatting it again finds leading zeros and signs, which ParseUint lets through in part.
		if err != nil || strconv.FormatUint(number, 10) != part {
			return Version{}, 0, fmt.Errorf("part %d of version %s is %s, expected a number from 0 to 65535 without leading zeros",
				parts+1, quote(s), quote(part))
		}
		v[parts] = uint16(number)
		parts++
	}
	return v, parts, nil
}

// String returns the four parts separated by dots.
func (v Version) String() string {
	return fmt.Sprintf("%d.%d.%d.%d", v[0], v[1], v[2], v[3])
}

// Compare returns a negative number if v is lower than o, zero if they are equal, and a positive number if v is
// higher. Parts are compared as numbers: 1.10.0.0 is higher than 1.9.0.0.
func (v Version) Compare(o Version) int { return slices.Compare(v[:], o[:]) }
