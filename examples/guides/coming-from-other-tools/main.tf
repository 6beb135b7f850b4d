terraform {
  required_providers {
    msstore = {
      source  = "terraform-msstore/msstore"
      version = "~> 0.1"
    }
  }
}

provider "msstore" {}

data "msstore_flight" "beta" {
  application_id = "9NBLGGH4R315"
  flight_id      = "43e448df-97c9-4a43-a0bc-2a445e736bcd"
}

# The published submission and its rollout.
data "msstore_flight_submission" "live" {
  application_id = data.msstore_flight.beta.application_id
  flight_id      = data.msstore_flight.beta.flight_id
  submission_id  = data.msstore_flight.beta.last_published_submission_id
}

resource "msstore_package_rollout" "beta" {
  application_id = data.msstore_flight.beta.application_id
  flight_id      = data.msstore_flight.beta.flight_id
  submission_id  = data.msstore_flight_submission.live.submission_id
  state          = "finalized"

  lifecycle {
    precondition {
      condition     = alltrue([for p in data.msstore_flight_submission.live.flight_packages : startswith(p.version, "0.9.")])
      error_message = "The live rollout is not one of version 0.9."
    }
    precondition {
      condition     = try(data.msstore_flight_submission.live.package_rollout.percentage, 0) >= 50
      error_message = "There is no rollout, or it has not reached half of the testers."
    }
  }
}
