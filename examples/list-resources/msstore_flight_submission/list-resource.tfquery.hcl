variable "application_id" {
  description = "Store ID of the application."
  type        = string
}

variable "flight_id" {
  description = "ID of the package flight."
  type        = string
}

# What every flight of the application has.
list "msstore_flight_submission" "all" {
  provider = msstore

  config {
    application_id = var.application_id
  }
}

# What one flight has, with its packages and settings.
list "msstore_flight_submission" "beta" {
  provider         = msstore
  include_resource = true

  config {
    application_id = var.application_id
    flight_id      = var.flight_id
  }
}
