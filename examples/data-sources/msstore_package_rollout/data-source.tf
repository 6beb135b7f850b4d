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

data "msstore_flight" "beta" {
  application_id = var.application_id
  flight_id      = var.flight_id
}

# The rollout of the published submission. Without submission_id, the data
# source reads a pending submission first.
data "msstore_package_rollout" "live" {
  application_id = var.application_id
  flight_id      = var.flight_id
  submission_id  = data.msstore_flight.beta.last_published_submission_id

  lifecycle {
    precondition {
      condition     = data.msstore_flight.beta.last_published_submission_id != null
      error_message = "Nothing was ever published in this flight."
    }
  }
}

output "rollout" {
  value = "${data.msstore_package_rollout.live.percentage} % (${data.msstore_package_rollout.live.status})"
}
