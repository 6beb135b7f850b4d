terraform {
  required_providers {
    msstore = {
      source  = "terraform-msstore/msstore"
      version = "~> 0.1"
    }
  }
}

# Credentials come from ARM_TENANT_ID, ARM_CLIENT_ID and ARM_CLIENT_SECRET.
provider "msstore" {}

variable "application_id" {
  description = "Store ID of the application, from Partner Center under Product identity."
  type        = string
}

variable "group_ids" {
  description = "IDs of the flight groups whose members test, from their Partner Center addresses."
  type        = list(string)
}

variable "package" {
  description = "Path of the package."
  type        = string
}

resource "msstore_flight" "beta" {
  application_id = var.application_id
  friendly_name  = "Beta testers"
  group_ids      = var.group_ids
}

resource "msstore_flight_submission" "beta" {
  application_id = msstore_flight.beta.application_id
  flight_id      = msstore_flight.beta.flight_id
  packages       = [{ source = var.package }]
}

output "submission" {
  description = "The submission, and how far it has come."
  value       = "${msstore_flight_submission.beta.submission_id} is ${msstore_flight_submission.beta.status}"
}
