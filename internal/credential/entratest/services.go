package entratest

import (
	"os"
	"path/filepath"
	"testing"
)

// Services are what CI services and their tasks export to a job of theirs, and nothing else.
var Services = map[string]func(tb testing.TB, s *Server) map[string]string{
	"HCP Terraform": func(_ testing.TB, s *Server) map[string]string {
		return map[string]string{
			"ARM_USE_OIDC": "true", "ARM_OIDC_TOKEN": s.NewOIDCToken(), "ARM_CLIENT_ID": ClientID, "ARM_TENANT_ID": TenantID,
			"TFC_WORKLOAD_IDENTITY_TOKEN": "for another audience",
		}
	},
	"GitHub Actions": func(_ testing.TB, s *Server) map[string]string {
		return map[string]string{
			"ACTIONS_ID_TOKEN_REQUEST_URL": s.GitHubURL(), "ACTIONS_ID_TOKEN_REQUEST_TOKEN": OIDCRequestToken,
			"ARM_CLIENT_ID": ClientID, "ARM_TENANT_ID": TenantID,
		}
	},
	"GitHub Actions, with a service connection left over": func(_ testing.TB, s *Server) map[string]string {
		return map[string]string{
			"ACTIONS_ID_TOKEN_REQUEST_URL": s.GitHubURL(), "ACTIONS_ID_TOKEN_REQUEST_TOKEN": OIDCRequestToken,
			"ARM_CLIENT_ID": ClientID, "ARM_TENANT_ID": TenantID, "ARM_OIDC_AZURE_SERVICE_CONNECTION_ID": ServiceConnectionID,
		}
	},
	"GitHub Actions, signed in by azure/login": func(_ testing.TB, s *Server) map[string]string {
		return map[string]string{
			"ACTIONS_ID_TOKEN_REQUEST_URL": s.GitHubURL(), "ACTIONS_ID_TOKEN_REQUEST_TOKEN": OIDCRequestToken,
			"AZURE_CLIENT_ID": ClientID, "AZURE_TENANT_ID": TenantID, "ARM_USE_OIDC": "true",
		}
	},
	"Azure Pipelines, Terraform task": func(_ testing.TB, s *Server) map[string]string {
		return map[string]string{
			"SYSTEM_OIDCREQUESTURI": s.PipelinesURL(), "ARM_OIDC_REQUEST_TOKEN": OIDCRequestToken,
			"ARM_OIDC_AZURE_SERVICE_CONNECTION_ID": ServiceConnectionID, "ARM_USE_OIDC": "true", "ARM_CLIENT_ID": ClientID, "ARM_TENANT_ID": TenantID,
		}
	},
	"Azure Pipelines, without a service connection": func(_ testing.TB, s *Server) map[string]string {
		return map[string]string{
			"SYSTEM_OIDCREQUESTURI": s.PipelinesURL(), "SYSTEM_ACCESSTOKEN": OIDCRequestToken, "ARM_CLIENT_ID": ClientID, "ARM_TENANT_ID": TenantID,
		}
	},
	"Azure Pipelines, Azure CLI task": func(_ testing.TB, s *Server) map[string]string {
		return map[string]string{
			"SYSTEM_OIDCREQUESTURI": s.PipelinesURL(), "SYSTEM_ACCESSTOKEN": OIDCRequestToken,
			"AZURESUBSCRIPTION_SERVICE_CONNECTION_ID": ServiceConnectionID,
			"AZURESUBSCRIPTION_CLIENT_ID":             ClientID, "AZURESUBSCRIPTION_TENANT_ID": TenantID,
		}
	},
	"Kubernetes": func(tb testing.TB, s *Server) map[string]string {
		tb.Helper()
		path := filepath.Join(tb.TempDir(), "token")
		if err := os.WriteFile(path, []byte(s.NewOIDCToken()), 0o600); err != nil {
			tb.Fatal(err)
		}
		return map[string]string{"AZURE_FEDERATED_TOKEN_FILE": path, "AZURE_CLIENT_ID": ClientID, "AZURE_TENANT_ID": TenantID}
	},
}
