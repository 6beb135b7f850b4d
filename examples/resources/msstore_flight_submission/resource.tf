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

variable "package_directory" {
  description = "Where the build puts its packages."
  type        = string
}

resource "msstore_flight_submission" "beta" {
  application_id = var.application_id
  flight_id      = var.flight_id

  # The whole set: other packages of the flight are removed.
  packages = [
    { source = "${var.package_directory}/Contoso_x64.msix" },
    { source = "${var.package_directory}/Contoso_arm64.msix" },
  ]

  package_rollout = {
    initial_percentage = 10
  }

  notes_for_certification = "Start the app and choose Sign in as guest."

  # Return once the Store has certified the submission, or warn after six hours.
  wait_for = "certification"
  timeouts = {
    create = "6h"
    update = "6h"
  }
}

output "status" {
  value = msstore_flight_submission.beta.status
}
