package terraform.policies.rollout

import rego.v1

first_percentage := 5

release_managers := {"release-manager"}

deny contains message if {
	some rc in changed("msstore_flight_submission")
	submits(rc.change)
	not begins_small(rc.change)
	message := sprintf("%s: a version goes to at most %d %% of the testers at first", [rc.address, first_percentage])
}

deny contains message if {
	some address in finalizing
	not input.run.created_by in release_managers
	message := sprintf("%s: only a release manager finalizes a rollout", [address])
}

changed(type) := [rc |
	some rc in input.plan.resource_changes
	rc.type == type
	rc.mode == "managed"
	rc.change.actions != ["no-op"]
]

submits(change) if "create" in change.actions

# A change in place that makes a new submission has an ID that is known only after the apply.
submits(change) if change.after_unknown.submission_id

submits(change) if {
	change.actions == ["update"]
	change.before.status == "PendingCommit"
}

begins_small(change) if change.after.package_rollout.initial_percentage <= first_percentage

finalizing contains rc.address if {
	some rc in changed("msstore_package_rollout")
	rc.change.after.state == "finalized"
	not finalized_before(rc.change)
}

# The next submission is one that nobody has finalized yet.
finalized_before(change) if {
	change.before.state == "finalized"
	change.before.submission_id == change.after.submission_id
}

finalizing contains rc.address if {
	some rc in changed("msstore_package_rollout")
	"delete" in rc.change.actions
	rc.change.before.state == "active"
	rc.change.before.deletion_policy == "finalize"
}

# This finalizes the rollout of the submission before.
finalizing contains rc.address if {
	some rc in changed("msstore_flight_submission")
	submits(rc.change)
	rc.change.after.active_rollout_policy == "finalize"
}

finalizing contains invocation.address if {
	some invocation in input.plan.action_invocations
	invocation.type == "msstore_finalize_package_rollout"
}
