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

data "msstore_application" "app" {
  application_id = var.application_id
}

# The identity in the manifest of every package.
output "identity" {
  value = {
    name      = data.msstore_application.app.package_identity_name
    publisher = data.msstore_application.app.publisher_name
  }
}
