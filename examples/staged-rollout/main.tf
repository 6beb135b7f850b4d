# A rollout that scheduled runs raise from 1 % to everybody, unless the version fails.

terraform {
  required_providers {
    msstore = {
      source  = "terraform-msstore/msstore"
      version = "~> 0.1"
    }
  }
}

provider "msstore" {}

variable "application_id" {
  description = "Store ID of the application."
  type        = string
}

variable "flight_id" {
  description = "ID of the package flight."
  type        = string
}

variable "package" {
  description = "Path of the package."
  type        = string
}

variable "stages" {
  description = "The stages of the rollout. At 100 % it is finalized."
  type        = list(object({ percentage = number, hold = optional(string) }))
  default = [
    { percentage = 1, hold = "24h" },
    { percentage = 10, hold = "48h" },
    { percentage = 50, hold = "48h" },
    { percentage = 100 },
  ]
}

variable "tolerated_failures" {
  description = "How many crashes and hangs of the version are tolerated."
  type        = number
  default     = 5
}

variable "halt" {
  description = "Whether to halt the rollout: nobody else gets the version."
  type        = bool
  default     = false
}

variable "now" {
  description = "The time to plan for, in RFC 3339 format. Default: the time of the plan."
  type        = string
  default     = null
}

resource "msstore_flight_submission" "beta" {
  application_id = var.application_id
  flight_id      = var.flight_id
  packages       = [{ source = var.package }]

  package_rollout = {
    initial_percentage = var.stages[0].percentage
  }

  # The next version ends the rollout of this one.
  active_rollout_policy = "halt"
}

# The current rollout, including changes in Partner Center.
data "msstore_package_rollout" "now" {
  application_id = var.application_id
  flight_id      = var.flight_id
  submission_id  = msstore_flight_submission.beta.submission_id
}

data "msstore_failure_hits" "beta" {
  application_id  = var.application_id
  package_version = msstore_flight_submission.beta.packages[0].version
  event_types     = ["crash", "hang"]
}

locals {
  healthy = data.msstore_failure_hits.beta.event_count <= var.tolerated_failures
  due = provider::msstore::staged_percentage(
    var.stages, msstore_flight_submission.beta.published_at, coalesce(var.now, plantimestamp())
  )

  # The percentage never falls, and does not rise while the version fails.
  percentage = max(data.msstore_package_rollout.now.percentage, local.healthy ? local.due : 0)

  # A halted rollout stays halted, and a finalized one stays finalized.
  state = (
    var.halt || data.msstore_package_rollout.now.status == "PackageRolloutStopped" ? "halted" :
    data.msstore_package_rollout.now.status == "PackageRolloutComplete" || local.healthy && local.percentage == 100 ? "finalized" :
    "active"
  )
}

resource "msstore_package_rollout" "beta" {
  application_id = var.application_id
  flight_id      = var.flight_id
  submission_id  = msstore_flight_submission.beta.submission_id
  state          = local.state
  percentage     = local.state == "active" ? local.percentage : null
}

# Warns in each plan and apply while the rollout is held.
check "healthy" {
  assert {
    condition = local.healthy
    error_message = join(" ", [
      "Version ${data.msstore_failure_hits.beta.package_version} failed ${data.msstore_failure_hits.beta.event_count} times.",
      "The rollout stays at ${data.msstore_package_rollout.now.percentage} %. Set halt, or raise tolerated_failures.",
    ])
  }
}

output "rollout" {
  description = "Percentage or state of the rollout."
  value       = local.state == "active" ? "${local.percentage} %" : local.state
}
