package terraform.policies.rollout

import rego.v1

first_percentage := 5

release_managers := {"release-manager"}

changed(type) := [rc |
	some rc in input.plan.resource_changes
	rc.type == type
	rc.mode == "managed"
	some action in rc.change.actions
	action in {"create", "update"}
]

deny contains message if {
	some rc in changed("msstore_flight_submission")
	new_submission(rc.change)
	rollout := object.get(rc.change.after, "package_rollout", null)
	not begins_small(rollout)
	message := sprintf("%s: a version goes to at most %d %% of the testers at first", [rc.address, first_percentage])
}

deny contains message if {
	some rc in changed("msstore_package_rollout")
	object.get(rc.change.after, "state", "") == "finalized"
	object.get(rc.change, ["before", "state"], "") != "finalized"
	not input.run.created_by in release_managers
	message := sprintf("%s: only a release manager finalizes a rollout", [rc.address])
}

# A change in place that makes a new submission has an ID that is known only after the apply.
new_submission(change) if "create" in change.actions

new_submission(change) if change.after_unknown.submission_id

begins_small(rollout) if rollout.initial_percentage <= first_percentage
