terraform {
  required_providers {
    msstore = {
      source  = "terraform-msstore/msstore"
      version = "~> 0.1"
    }
  }
}

variable "published_at" {
  description = "When the submission was published, in RFC 3339; null before."
  type        = string
  default     = null
}

locals {
  stages = [
    { percentage = 1, hold = "24h" },
    { percentage = 10, hold = "48h" },
    { percentage = 50, hold = "48h" },
    { percentage = 100 },
  ]
}

# Use it as the percentage of a msstore_package_rollout: each scheduled run then raises what is due.
output "percentage" {
  value = provider::msstore::staged_percentage(local.stages, var.published_at, plantimestamp())
}
