terraform {
  required_providers {
    msstore = {
      source = "terraform-msstore/msstore"
    }
  }
}

# Credentials come from the environment: ARM_TENANT_ID, ARM_CLIENT_ID and ARM_CLIENT_SECRET, for example.
provider "msstore" {}
