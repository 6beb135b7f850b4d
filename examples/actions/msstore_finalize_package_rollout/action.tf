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

action "msstore_finalize_package_rollout" "beta" {
  config {
    application_id = var.application_id
    flight_id      = var.flight_id
  }
}
