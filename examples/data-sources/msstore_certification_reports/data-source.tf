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

variable "flight_id" {
  description = "ID of the package flight."
  type        = string
}

data "msstore_certification_reports" "latest" {
  application_id = var.application_id
  flight_id      = var.flight_id
}

output "reports" {
  description = "Addresses of the certification reports."
  value       = [for r in data.msstore_certification_reports.latest.reports : r.report_url]
}
