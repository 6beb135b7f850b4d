# Run it with terraform test. The provider is mocked: you need no account, package or Store.

mock_provider "msstore" {
  mock_resource "msstore_flight_submission" {
    defaults = {
      submission_id = "1152921504621086517"
      published_at  = "2026-03-02T09:00:00Z"
      packages      = { version = "1.0.0.0" }
    }
  }
  mock_data "msstore_package_rollout" {
    defaults = {
      percentage = 10
      status     = "PackageRolloutInProgress"
    }
  }
  mock_data "msstore_failure_hits" {
    defaults = { event_count = 0 }
  }
}

variables {
  application_id = "9NBLGGH4R315"
  flight_id      = "43e448df-97c9-4a43-a0bc-2a445e736bcd"
  package        = "Contoso.msixbundle"
}

run "begins_small" {
  variables {
    now = "2026-03-02T10:00:00Z"
  }
  assert {
    condition     = msstore_flight_submission.beta.package_rollout.initial_percentage <= 5
    error_message = "A version goes to more than 5 % of the testers at first."
  }
}

run "never_falls" {
  variables {
    now = "2026-03-02T10:00:00Z"
  }
  assert {
    condition     = msstore_package_rollout.beta.percentage == 10
    error_message = "The percentage falls to that of the stage."
  }
}

run "rises" {
  variables {
    now = "2026-03-05T10:00:00Z"
  }
  assert {
    condition     = msstore_package_rollout.beta.percentage == 50
    error_message = "The third stage is not applied after three days."
  }
}

run "is_held_by_failures" {
  variables {
    now = "2026-03-05T10:00:00Z"
  }
  override_data {
    target = data.msstore_failure_hits.beta
    values = { event_count = 6 }
  }
  expect_failures = [check.healthy]
  assert {
    condition     = msstore_package_rollout.beta.percentage == 10
    error_message = "A version that fails goes to more testers."
  }
}

run "ends" {
  variables {
    now = "2026-03-08T10:00:00Z"
  }
  assert {
    condition     = msstore_package_rollout.beta.state == "finalized"
    error_message = "The rollout is not finalized after six days."
  }
}

run "stays_halted" {
  variables {
    now = "2026-03-08T10:00:00Z"
  }
  override_data {
    target = data.msstore_package_rollout.now
    values = { percentage = 0, status = "PackageRolloutStopped" }
  }
  assert {
    condition     = msstore_package_rollout.beta.state == "halted"
    error_message = "A halted rollout continues."
  }
}
