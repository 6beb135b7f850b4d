# One package goes through the rings: each ring gets it when the previous ring has had it for its soak time without
# failures. Each scheduled run takes the step that is due.

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

variable "rings" {
  description = "The rings in order: the name of the flight, its flight groups, and how long it has a version before the next ring gets it."
  type        = list(object({ name = string, group_ids = list(string), soak = optional(string, "24h") }))
}

variable "package" {
  description = "Path of the package."
  type        = string
}

variable "tolerated_failures" {
  description = "How many crashes and hangs of the version are tolerated."
  type        = number
  default     = 0
}

variable "now" {
  description = "The time to plan for, in RFC 3339 format. Default: the time of the plan."
  type        = string
  default     = null
}

resource "msstore_flight" "ring" {
  for_each = { for ring in var.rings : ring.name => ring }

  application_id = var.application_id
  friendly_name  = each.key
  group_ids      = each.value.group_ids
}

# The content of the rings. Data sources read it, because an instance of a resource cannot refer to another instance of
# the same resource.
data "msstore_flights" "all" {
  application_id = var.application_id

  lifecycle {
    postcondition {
      condition     = alltrue([for ring in var.rings : length([for flight in self.flights : flight if flight.friendly_name == ring.name]) <= 1])
      error_message = "The application has several flights with the name of a ring. Delete all but one, and import that one."
    }
  }
}

data "msstore_flight_submission" "ring" {
  for_each = {
    for flight in data.msstore_flights.all.flights : flight.friendly_name => flight.flight_id
    if contains(var.rings[*].name, flight.friendly_name) && try(coalesce(flight.pending_submission_id, flight.last_published_submission_id), null) != null
  }

  application_id = var.application_id
  flight_id      = each.value
}

locals {
  now     = coalesce(var.now, plantimestamp())
  version = provider::msstore::package_manifest(var.package).version
  before  = { for i, ring in var.rings : ring.name => i == 0 ? null : var.rings[i - 1] }

  # A package that the Store has not read yet has no version.
  versions  = { for name, ring in data.msstore_flight_submission.ring : name => ring.flight_packages[*].version }
  arrived   = { for name, versions in local.versions : name => contains(versions, local.version) }
  published = toset([for name, arrived in local.arrived : name if arrived && data.msstore_flight_submission.ring[name].status == "Published"])
}

# When the version was published in a ring: the time of the first run that saw it published there.
resource "terraform_data" "published" {
  for_each = local.published

  triggers_replace = local.version
  input            = local.now

  lifecycle {
    ignore_changes = [input]
  }
}

data "msstore_failure_hits" "version" {
  application_id  = var.application_id
  package_version = local.version
  event_types     = ["crash", "hang"]
}

locals {
  healthy = data.msstore_failure_hits.version.event_count <= var.tolerated_failures
  soaked = { for ring in var.rings : ring.name =>
    try(timecmp(timeadd(terraform_data.published[ring.name].input, ring.soak), local.now) <= 0, false)
  }

  # A ring keeps the version, whatever failures come later.
  promoted = { for name, before in local.before : name =>
    before == null || lookup(local.arrived, name, false) || local.healthy && try(local.soaked[before.name], false)
  }
}

resource "msstore_flight_submission" "ring" {
  # A ring without any package has no submission before its step is due.
  for_each = { for name, promoted in local.promoted : name => promoted if promoted || length(lookup(local.versions, name, [])) > 0 }

  application_id = var.application_id
  flight_id      = msstore_flight.ring[each.key].flight_id

  # Without packages, a ring keeps the version that it has.
  packages = each.value ? [{ source = var.package }] : null
}

# Warns in each plan and apply while the version fails.
check "healthy" {
  assert {
    condition     = local.healthy
    error_message = "Version ${local.version} failed ${data.msstore_failure_hits.version.event_count} times, so no further ring gets it. Submit a fixed version, or raise tolerated_failures."
  }
}

output "rings" {
  description = "The status of each ring's submission, and whether it has this package."
  value = { for name, submission in msstore_flight_submission.ring :
    name => "${local.promoted[name] ? local.version : "the version before"} is ${submission.status}"
  }
}
