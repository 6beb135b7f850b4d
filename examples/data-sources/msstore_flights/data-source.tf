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

data "msstore_flights" "all" {
  application_id = var.application_id
}

output "flights_in_progress" {
  description = "Names of the flights that have a pending submission."
  value       = [for f in data.msstore_flights.all.flights : f.friendly_name if f.pending_submission_id != null]
}
