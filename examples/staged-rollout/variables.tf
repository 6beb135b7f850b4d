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
  description = "How many crashes and hangs of the version do not hold the rollout."
  type        = number
  default     = 5
}

variable "halt" {
  description = "Halts the rollout for good: nobody else gets the version."
  type        = bool
  default     = false
}

variable "now" {
  description = "The time to plan for, in RFC 3339. Null: the time of the plan. Another time shows what a later run will do."
  type        = string
  default     = null
}
