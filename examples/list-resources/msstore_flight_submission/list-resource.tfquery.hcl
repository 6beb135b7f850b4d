variable "application_id" {
  description = "Store ID of the application."
  type        = string
}

variable "flight_id" {
  description = "ID of the package flight."
  type        = string
}

# The submissions of every flight of the application.
list "msstore_flight_submission" "all" {
  provider = msstore

  config {
    application_id = var.application_id
  }
}

# The submissions of one flight, with their packages and settings.
list "msstore_flight_submission" "beta" {
  provider         = msstore
  include_resource = true

  config {
    application_id = var.application_id
    flight_id      = var.flight_id
  }
}
