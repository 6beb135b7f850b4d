terraform {
  required_providers {
    msstore = {
      source  = "terraform-msstore/msstore"
      version = "~> 0.1"
    }
  }
}

variable "package" {
  description = "Path of the package file."
  type        = string
}

locals {
  manifest = provider::msstore::package_manifest(var.package)
}

output "release" {
  value = "${local.manifest.name} ${local.manifest.version} for ${join(", ", local.manifest.architectures)}"
}
