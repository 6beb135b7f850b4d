variable "application_id" {
  description = "Store ID of the application."
  type        = string
}

variable "rings" {
  description = "The rings from the first to the last: the name of the flight, its flight groups, and how long it has a version before the next ring gets it."
  type        = list(object({ name = string, group_ids = list(string), soak = optional(string, "24h") }))
}

variable "package" {
  description = "Path of the package."
  type        = string
}

variable "tolerated_failures" {
  description = "How many crashes and hangs of the version do not keep it from the next ring."
  type        = number
  default     = 0
}

variable "now" {
  description = "The time to plan for, in RFC 3339. Null: the time of the plan. Another time shows what a later run will do."
  type        = string
  default     = null
}
