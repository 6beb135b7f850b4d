variable "application_id" {
  description = "Store ID of the application."
  type        = string
}

list "msstore_flight" "all" {
  provider = msstore

  config {
    application_id = var.application_id
  }
}
