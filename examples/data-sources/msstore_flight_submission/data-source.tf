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

# The pending submission, else the last published one.
data "msstore_flight_submission" "latest" {
  application_id = var.application_id
  flight_id      = var.flight_id
}

output "versions" {
  value = { for p in data.msstore_flight_submission.latest.flight_packages : p.file_name => p.version }
}
