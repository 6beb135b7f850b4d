output "submission" {
  description = "The submission that the testers get."
  value = {
    id       = msstore_flight_submission.beta.submission_id
    status   = msstore_flight_submission.beta.status
    packages = [for p in msstore_flight_submission.beta.flight_packages : "${p.file_name} ${p.version}"]
  }
}

output "rollout" {
  description = "Status of the rollout."
  value       = msstore_package_rollout.beta.status
}
