terraform {
  required_providers {
    msstore = {
      source  = "terraform-msstore/msstore"
      version = "~> 0.1"
    }
  }
}

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
  description = "Percentage of the testers who get the package. Raise it step by step."
  type        = number
  default     = 10
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

  # Another package while the rollout is live gives the old one to everybody first.
  active_rollout_policy = "finalize"

  # Certification takes up to three working days.
  wait_for = "publish"
  timeouts = {
    create = "72h"
    update = "72h"
  }
}

# Moves on to the next submission in place.
resource "msstore_package_rollout" "beta" {
  application_id = var.application_id
  flight_id      = var.flight_id
  submission_id  = msstore_flight_submission.beta.submission_id
  percentage     = var.rollout_percentage
  state          = var.rollout_state
}
