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

data "msstore_flight_submission_status" "latest" {
  application_id = var.application_id
  flight_id      = var.flight_id
}

check "submission" {
  assert {
    condition     = length(data.msstore_flight_submission_status.latest.errors) == 0
    error_message = "The submission is ${data.msstore_flight_submission_status.latest.status}: ${jsonencode(data.msstore_flight_submission_status.latest.errors)}"
  }
}
