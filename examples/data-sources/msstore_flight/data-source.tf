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

# A flight that was made in Partner Center, by its exact name.
data "msstore_flight" "beta" {
  application_id = var.application_id
  friendly_name  = "beta"
}

output "flight_id" {
  value = data.msstore_flight.beta.flight_id
}
