terraform {
  required_providers {
    msstore = {
      source  = "terraform-msstore/msstore"
      version = "~> 0.1"
    }
  }
}

provider "msstore" {}

variable "application_id" {
  description = "Store ID of the application."
  type        = string
}

variable "flight_id" {
  description = "ID of the package flight."
  type        = string
}

variable "package" {
  description = "Path of the package."
  type        = string
}

variable "rollout_percentage" {
  description = "Percentage of the testers who get the package."
  type        = number
  default     = 1
}

variable "rollout_state" {
  description = "active; finalized, for everybody; or halted, for nobody else."
  type        = string
  default     = "active"
}

resource "msstore_flight_submission" "beta" {
  application_id = var.application_id
  flight_id      = var.flight_id
  packages       = [{ source = var.package }]

  package_rollout = {
    initial_percentage = var.rollout_percentage
  }

  # Certification takes up to three working days.
  wait_for = "publish"
  timeouts = {
    create = "72h"
    update = "72h"
  }

  lifecycle {
    # A wait that runs out of time is a warning. This makes it an error.
    postcondition {
      condition     = self.status == "Published"
      error_message = "Submission ${self.submission_id} is ${self.status}. Apply again to continue waiting."
    }
  }
}

resource "msstore_package_rollout" "beta" {
  application_id = var.application_id
  flight_id      = var.flight_id
  submission_id  = msstore_flight_submission.beta.submission_id
  percentage     = var.rollout_percentage
  state          = var.rollout_state
}

# Evaluated by each plan and apply, so also when nothing changes.
check "rollout" {
  assert {
    condition     = msstore_package_rollout.beta.percentage < 100 || msstore_package_rollout.beta.status != "PackageRolloutInProgress"
    error_message = "The rollout is at 100 % and still live: the flight takes no new submission before it is finalized or halted."
  }
}
