package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// importance is the order of attributes on a page, within the groups of those that are required, optional and read-only.
// tfplugindocs sorts by name.
var importance = strings.Fields(`
	tenant_id client_id client_secret client_certificate_path client_certificate_password
	use_oidc oidc_token oidc_token_file_path oidc_request_url oidc_request_token use_msi use_cli access_token
	requests_per_minute poll_interval plan_checks endpoint authority_host

	application_id flight_id submission_id applications flights friendly_name group_ids rank_higher_than replacement_policy

	packages source sha256 file_name version source_headers keep_previous_packages
	is_package_rollout package_rollout initial_percentage percentage state
	wait_for wait_for_publication pending_submission_policy active_rollout_policy deletion_policy commit
	notes_for_certification notes_for_certification_wo notes_for_certification_wo_version
	target_publish_mode target_publish_date mandatory_update effective_date
	timeouts invoke create read update delete

	status status_details errors warnings code details certification_reports reports date report_url
	published_at partner_center_url flight_packages id file_status architecture target_platform target_device_families languages capabilities
	minimum_directx_version minimum_system_ram
	pending_submission_id last_published_submission_id fallback_submission_id

	primary_name package_identity_name publisher_name package_family_name first_published_date has_advanced_listing_permission

	package_version package_name event_types start_date end_date
	event_count device_count latest_date failures name event_type symbol hash
`)

// orderPages puts the attributes on all pages in a folder in their order of importance.
func orderPages(folder string) error {
	return filepath.WalkDir(folder, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		ordered, err := order(string(text))
		if err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
		return os.WriteFile(path, []byte(ordered), 0o600)
	})
}

var (
	attributes = regexp.MustCompile("(?m)(?:^- `[a-z0-9_]+` \\(.*\n)+")
	attribute  = regexp.MustCompile("^- `([a-z0-9_]+)`")
)

// nested begins the section of a nested attribute; its path follows, joined by two hyphens.
const nested = `<a id="nestedatt--`

// order puts the lists of attributes on a page in their order, and the sections of nested attributes in the order of those lists.
func order(page string) (string, error) {
	var unknown error
	rank := func(name string) int {
		i := slices.Index(importance, name)
		if i < 0 {
			unknown = errors.Join(unknown, fmt.Errorf("the attribute %s is missing in importance", name))
		}
		return i
	}
	page = attributes.ReplaceAllStringFunc(page, func(list string) string {
		lines := strings.SplitAfter(strings.TrimSuffix(list, "\n"), "\n")
		lines[len(lines)-1] += "\n"
		slices.SortStableFunc(lines, func(a, b string) int {
			return rank(attribute.FindStringSubmatch(a)[1]) - rank(attribute.FindStringSubmatch(b)[1])
		})
		return strings.Join(lines, "")
	})
	head, sections, found := strings.Cut(page, nested)
	if !found {
		return page, unknown
	}
	sections, tail, followed := strings.Cut(sections, "\n## ")
	ordered := strings.Split(sections, nested)
	slices.SortStableFunc(ordered, func(a, b string) int { return slices.Compare(ranks(a, rank), ranks(b, rank)) })
	for i, section := range ordered {
		ordered[i] = nested + strings.TrimSpace(section) + "\n"
	}
	page = head + strings.Join(ordered, "\n")
	if followed {
		page += "\n## " + tail
	}
	return page, unknown
}

// ranks are those of the names in the path that a section begins with.
func ranks(section string, rank func(string) int) []int {
	path, _, _ := strings.Cut(section, `"`)
	var all []int
	for name := range strings.SplitSeq(path, "--") {
		all = append(all, rank(name))
	}
	return all
}
