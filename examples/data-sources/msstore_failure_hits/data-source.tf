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

variable "package" {
  description = "Path of the package that the testers have."
  type        = string
}

data "msstore_failure_hits" "beta" {
  application_id  = var.application_id
  package_version = provider::msstore::package_manifest(var.package).version
  event_types     = ["crash", "hang"]
}

# Warns in each plan and apply.
check "healthy" {
  assert {
    condition     = data.msstore_failure_hits.beta.event_count < 10
    error_message = "The version failed ${data.msstore_failure_hits.beta.event_count} times. Examine the failures before you raise the rollout."
  }
}

# Null if no failure is known yet.
output "known_up_to" {
  value = data.msstore_failure_hits.beta.latest_date
}
