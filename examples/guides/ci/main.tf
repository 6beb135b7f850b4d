terraform {
  # Add a backend block: the state has to outlive the job.
  required_providers {
    msstore = {
      source  = "terraform-msstore/msstore"
      version = "~> 0.1"
    }
  }
}

provider "msstore" {}

variable "package" {
  description = "Path of the package."
  type        = string
}

resource "msstore_flight_submission" "beta" {
  application_id = "9NBLGGH4R315"
  flight_id      = "43e448df-97c9-4a43-a0bc-2a445e736bcd"
  packages       = [{ source = var.package }]

  # The next job continues what an interrupted one left behind.
  pending_submission_policy = "adopt"
}
