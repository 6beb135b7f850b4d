package credential

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"strconv"
	"strings"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/runtime"
	"github.com/Azure/azure-sdk-for-go/sdk/azidentity"
)

// failure is what Entra, or a tool on the way to it, said.
type failure struct {
	code          int // the number of an AADSTS code; 0 when there is none
	message       string
	correlationID string
	// refused is set if whoever decides has decided: Entra, or the Azure CLI, which nobody is signed in to.
	refused bool
}

var codePattern = regexp.MustCompile(`AADSTS(\d+)`)

// failureOf finds the reason in an error of azidentity.
func failureOf(err error) failure {
	var f failure
	if failed, ok := errors.AsType[*azidentity.AuthenticationFailedError](err); ok && failed.RawResponse != nil {
		f = answerOf(failed)
	}
	switch network, _ := errors.AsType[*networkError](err); {
	case f.message != "":
	case network != nil:
		f.message, f.refused = err.Error(), network.refused()
	default:
		f.message = plain(err)
	}
	// Instance discovery and the Azure CLI put the code into the text alone.
	if match := codePattern.FindStringSubmatch(f.message); f.code == 0 && match != nil {
		f.code, _ = strconv.Atoi(match[1])
		f.refused = true
	}
	f.refused = f.refused || strings.Contains(f.message, "az login")
	return f
}

// answerOf reads Entra's own shape of an error [store-api 1.2].
func answerOf(failed *azidentity.AuthenticationFailedError) failure {
	body, _ := runtime.Payload(failed.RawResponse) // What cannot be read is no JSON.
	var answer struct {
		Error         string `json:"error"`
		Description   string `json:"error_description"`
		Codes         []int  `json:"error_codes"`
		CorrelationID string `json:"correlation_id"`
	}
	if json.Unmarshal(body, &answer) != nil || answer.Error == "" {
		return failure{message: statusOf(failed.RawResponse)}
	}
	code := failed.RawResponse.StatusCode
	f := failure{
		message: answer.Error, correlationID: answer.CorrelationID,
		refused: code < http.StatusInternalServerError && code != http.StatusTooManyRequests,
	}
	if len(answer.Codes) > 0 {
		f.code = answer.Codes[0]
	}
	// The IDs and the time that follow the sentence are for Microsoft's support; one of them suffices.
	if sentence, _, _ := strings.Cut(answer.Description, "Trace ID:"); sentence != "" {
		f.message = strings.Join(strings.Fields(sentence), " ")
	}
	return f
}

// plain strips azidentity's decoration from an error without a response.
func plain(err error) string {
	if err == nil {
		return ""
	}
	text, _, _ := strings.Cut(err.Error(), "To troubleshoot, visit")
	if name, rest, ok := strings.Cut(text, "Credential: "); ok && !strings.ContainsAny(name, " \n") {
		text = rest
	}
	text = strings.TrimPrefix(strings.Join(strings.Fields(text), " "), "server response error: ")
	if strings.Contains(text, "json decode error") {
		// The text quotes the whole reply, which may hold a token.
		return "a reply is JSON, but not of the form that Entra gives"
	}
	return strings.TrimSuffix(text, ".")
}

// statusOf says who answered what, in words that the server has no influence on.
func statusOf(resp *http.Response) string {
	who := "it"
	if resp.Request != nil {
		who = resp.Request.URL.Scheme + "://" + resp.Request.URL.Host + resp.Request.URL.Path
	}
	return fmt.Sprintf("%s answered %d %s", who, resp.StatusCode, http.StatusText(resp.StatusCode))
}

// advice is what a failure means and what to do next.
type advice struct {
	// argument is what to correct; empty stands for the credential itself.
	argument string
	text     string
}

// advised holds the failures that a wrong configuration leads to. The meanings are those of
// https://learn.microsoft.com/entra/identity-platform/reference-error-codes.
var advised = map[int]advice{
	7000215: {"client_secret", "the client secret is wrong: give the secret's value, not its ID, and check that it belongs to this client_id"},
	7000222: {"client_secret", "the client secret has expired: create a new one for the application under Certificates & secrets in the Entra admin center, and use its value"},
	700027:  {"client_certificate_path", "the certificate is not one of the application's, or has expired: upload its public part under Certificates & secrets in the Entra admin center"},

	90002:  {"tenant_id", "there is no such tenant: check tenant_id, and authority_host if the tenant is not in the public cloud"},
	900023: {"tenant_id", "there is no such tenant: check tenant_id, and authority_host if the tenant is not in the public cloud"},
	500011: {"tenant_id", "the tenant does not know the Microsoft Store: use the tenant that is associated with the Partner Center account, or associate this one under Account settings, Tenants in Partner Center"},

	700016:  {"client_id", "the tenant has no such application: check client_id, and that tenant_id is the tenant in which the application is registered"},
	7000229: {"client_id", "the application has no service principal in this tenant: add it to the Partner Center account under Users, Microsoft Entra applications"},
	7000112: {"client_id", "the application is disabled: enable sign-in for it in the Entra admin center under Enterprise applications"},

	70021:  {"", noFederatedCredential},
	700211: {"", noFederatedCredential},
	700212: {"", noFederatedCredential},
	700213: {"", noFederatedCredential},
	700024: {"", "the assertion is not valid at this time: if the machine's clock is right, the OIDC token has expired; oidc_token_file_path and oidc_request_url renew it, oidc_token does not"},
	50013:  {"", malformedAssertion},
	50027:  {"", malformedAssertion},

	53003: {"", "a Conditional Access policy of the tenant forbids this sign-in: ask the tenant's administrator to let the application in from where Terraform runs"},
	65002: {"use_cli", "the Azure CLI may not ask for tokens for the Microsoft Store on behalf of a person: sign it in as the application with az login --service-principal, or configure another credential"},
	50076: {"use_cli", loginAgain},
	50078: {"use_cli", loginAgain},
	50173: {"use_cli", loginAgain},
	70043: {"use_cli", loginAgain},

	700082: {"use_cli", loginAgain},
}

const (
	noFederatedCredential = "the application trusts no such OIDC token: give it a federated credential whose issuer, subject and audience are exactly those of the token, under Certificates & secrets in the Entra admin center"
	malformedAssertion    = "the OIDC token is not a valid signed token: check that it was passed on completely, and that it is for the audience " + audience
	loginAgain            = "the Azure CLI's sign-in is no longer good: run az login again"
)

func (f failure) advice() (advice, bool) {
	if a, ok := advised[f.code]; ok {
		return a, true
	}
	switch {
	case f.code != 0:
		return advice{text: "look " + strconv.Itoa(f.code) + " up at https://login.microsoftonline.com/error"}, true
	case strings.Contains(f.message, "az login"):
		return advice{"use_cli", "sign in to the Azure CLI with az login"}, true
	case strings.Contains(f.message, "executable not found on path"):
		return advice{"use_cli", "install the Azure CLI (az) where Terraform runs, or configure another credential"}, true
	}
	return advice{}, false
}

// machineAdvice is for a managed identity that gave no token.
func machineAdvice(err error) advice {
	if _, unanswered := errors.AsType[*networkError](err); unanswered {
		return advice{"use_msi", "managed identities exist on Azure machines only: configure another credential elsewhere"}
	}
	return advice{"use_msi", "check that this machine has a managed identity, that client_id is that of one of its identities, and that no proxy stands in between (NO_PROXY)"}
}
