variable "application_id" {
  description = "Store ID of the application, from Partner Center under Product identity."
  type        = string
}

variable "group_ids" {
  description = "IDs of the flight groups whose members test, from their Partner Center addresses."
  type        = list(string)
}

variable "packages" {
  description = "Paths of the package files."
  type        = list(string)
}

variable "rollout_percentage" {
  description = "Percentage of the testers who get the packages."
  type        = number
  default     = 10
}

variable "rollout_state" {
  description = "active, halted or finalized."
  type        = string
  default     = "active"
}
