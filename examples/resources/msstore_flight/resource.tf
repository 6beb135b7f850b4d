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

variable "group_ids" {
  description = "IDs of the flight groups whose members test, from their Partner Center addresses."
  type        = set(string)
}

resource "msstore_flight" "beta" {
  application_id = var.application_id
  friendly_name  = "Beta testers"
  group_ids      = var.group_ids
}

# Whoever is in both flights gets the packages of the higher one.
resource "msstore_flight" "insiders" {
  application_id   = var.application_id
  friendly_name    = "Insiders"
  group_ids        = var.group_ids
  rank_higher_than = msstore_flight.beta.friendly_name
}
