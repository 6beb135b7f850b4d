terraform {
  required_providers {
    msstore = {
      source  = "terraform-msstore/msstore"
      version = "~> 0.1"
    }
  }
}

# Credentials come from the environment: ARM_TENANT_ID, ARM_CLIENT_ID and ARM_CLIENT_SECRET, for example.
provider "msstore" {}
