terraform {
  required_version = ">= 1.14"
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

resource "msstore_flight_submission" "beta" {
  application_id = var.application_id
  flight_id      = var.flight_id
  packages       = [{ source = var.package }]

  # The action waits instead.
  wait_for = "none"

  lifecycle {
    action_trigger {
      events  = [after_create, after_update]
      actions = [action.msstore_await_flight_submission.beta]
    }
  }
}

action "msstore_await_flight_submission" "beta" {
  config {
    application_id = var.application_id
    flight_id      = var.flight_id
    wait_for       = "certification"

    timeouts = {
      invoke = "24h"
    }
  }
}
