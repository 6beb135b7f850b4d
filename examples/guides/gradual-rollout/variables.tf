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

variable "rollout_percentage" {
  description = "Percentage of the testers who get the package."
  type        = number
  default     = 1
}

variable "rollout_state" {
  description = "active; finalized, for everybody; or halted, for nobody else."
  type        = string
  default     = "active"
}
