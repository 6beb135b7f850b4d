terraform {
  required_providers {
    msstore = {
      source  = "terraform-msstore/msstore"
      version = "~> 0.1"
    }
  }
}

data "msstore_applications" "all" {}

output "store_ids" {
  description = "Store IDs by name."
  value       = { for app in data.msstore_applications.all.applications : app.primary_name => app.application_id... }
}
