# A flight for beta testers, its submission, and the gradual rollout of the
# submission. Credentials come from the environment.

terraform {
  required_providers {
    msstore = {
      source  = "terraform-msstore/msstore"
      version = "~> 0.1"
    }
  }
}

provider "msstore" {}

resource "msstore_flight" "beta" {
  application_id = var.application_id
  friendly_name  = "Beta testers"
  group_ids      = var.group_ids
}

resource "msstore_flight_submission" "beta" {
  application_id = msstore_flight.beta.application_id
  flight_id      = msstore_flight.beta.flight_id

  packages = [for path in var.packages : { source = path }]

  package_rollout = {
    initial_percentage = var.rollout_percentage
  }

  # The rollout below needs a published submission. Certification takes up to
  # three working days.
  wait_for = "publish"
  timeouts = {
    create = "72h"
    update = "72h"
  }

  # The next version finalizes a live rollout of this one first.
  active_rollout_policy = "finalize"
}

resource "msstore_package_rollout" "beta" {
  application_id = msstore_flight.beta.application_id
  flight_id      = msstore_flight.beta.flight_id
  submission_id  = msstore_flight_submission.beta.submission_id

  state      = var.rollout_state
  percentage = var.rollout_state == "active" ? var.rollout_percentage : null
}

check "published" {
  assert {
    condition     = msstore_flight_submission.beta.status == "Published"
    error_message = "Submission ${msstore_flight_submission.beta.submission_id} is ${msstore_flight_submission.beta.status}, so testers do not have it yet."
  }
}
