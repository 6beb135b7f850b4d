package credential

import (
	"net/url"
	"slices"
	"strings"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/cloud"

	"github.com/terraform-msstore/terraform-provider-msstore/internal/loopback"
)

// Resolve decides which credential cfg and the environment amount to. lookup is [os.LookupEnv] or a
// stand-in for it.
//
// Every value comes from its argument, else from the environment variable MSSTORE_<ARGUMENT>, else
// ARM_<ARGUMENT>, else AZURE_<ARGUMENT> where that variable conventionally exists, else from what a
// CI service exports. The same order decides between kinds of credential: the kind that the
// strongest place names is used, and what weaker places say of other kinds is ignored. Two kinds
// named by equally strong places are an error, as is none. The OIDC endpoints that GitHub Actions
// and Azure Pipelines offer to jobs are used only where no credential is configured, and client_id
// and tenant_id are.
//
// A returned error is an [*Error].
func Resolve(cfg Config, lookup func(string) (string, bool)) (Resolved, error) {
	s, err := read(cfg, lookup)
	if err != nil {
		return Resolved{}, err
	}
	chosen, err := choose(s, lookup)
	if err != nil {
		return Resolved{}, err
	}
	if chosen.kind == KindOIDC {
		s.platformIdentity(lookup)
	}
	if err := validate(s, chosen); err != nil {
		return Resolved{}, err
	}
	r := Resolved{
		Kind:          chosen.kind,
		AuthorityHost: cloud.AzurePublic.ActiveDirectoryAuthorityHost,
		chosen:        chosen.value,
		settings:      s,
	}
	if s.authorityHost.found() {
		r.AuthorityHost = s.authorityHost.text
	}
	if chosen.kind == KindOIDC { // Messages are about the token, not about the flag beside it.
		r.chosen = s.assertion().value
	}
	tenant, client := s.identity(chosen.kind)
	r.TenantID, r.ClientID = tenant.text, client.text
	return r, nil
}

// identity returns the tenant and the application that a kind is told; the others bring their own.
func (s settings) identity(kind Kind) (tenant, client value) {
	if kind != KindManagedIdentity && kind != KindAccessToken {
		tenant = s.tenantID
	}
	if kind != KindCLI && kind != KindAccessToken {
		client = s.clientID
	}
	return tenant, client
}

// candidate is a kind of credential and the setting that asks for it.
type candidate struct {
	kind  Kind
	value value
}

func (c candidate) String() string {
	return string(c.kind) + " (" + c.value.source.String() + ")"
}

// choose returns the candidate of the strongest place.
func choose(s settings, lookup func(string) (string, bool)) (candidate, error) {
	found := candidates(s)
	found = slices.DeleteFunc(found, func(c candidate) bool {
		if c.value.source.level() != levelPlatform {
			return false
		}
		s.platformIdentity(lookup)
		return !s.clientID.found() || !s.tenantID.found()
	})
	if len(found) == 0 {
		return candidate{}, noCredential(s)
	}
	slices.SortStableFunc(found, func(a, b candidate) int {
		return int(a.value.source.level() - b.value.source.level())
	})
	strongest := found[0]
	equal := slices.DeleteFunc(found, func(c candidate) bool { return c.value.source.level() != strongest.value.source.level() })
	if slices.ContainsFunc(equal, func(c candidate) bool { return c.kind != strongest.kind }) {
		return candidate{}, ambiguous(equal)
	}
	return strongest, nil
}

// ambiguous names each kind of credential once, with all the places that ask for it.
func ambiguous(found []candidate) error {
	var kinds []string
	for i, c := range found {
		if slices.ContainsFunc(found[:i], func(before candidate) bool { return before.kind == c.kind }) {
			continue
		}
		var places []string
		for _, other := range found {
			if other.kind == c.kind {
				places = append(places, other.value.source.String())
			}
		}
		kinds = append(kinds, string(c.kind)+" ("+list(places)+")")
	}
	remedy := "unset the variables of all kinds but one, or choose a kind with an argument of the provider, which beats the environment"
	if found[0].value.source.level() == levelArgument {
		remedy = "remove the arguments of all kinds but one from the provider block"
	}
	return blame(found[0].value.source.argument, "more than one kind of credential is configured: %s; %s", list(kinds), remedy)
}

// candidates lists every kind that some setting asks for.
func candidates(s settings) []candidate {
	var found []candidate
	add := func(kind Kind, v value) {
		if v.found() {
			found = append(found, candidate{kind: kind, value: v})
		}
	}
	add(KindClientSecret, s.clientSecret)
	add(KindCertificate, s.certificatePath)
	add(KindAccessToken, s.accessToken)
	if s.useOIDC.on {
		add(KindOIDC, s.useOIDC.value)
	}
	// The Azure providers want use_oidc beside the token, but a token has no other use.
	add(KindOIDC, s.assertion().value)
	if s.useMSI.on {
		add(KindManagedIdentity, s.useMSI.value)
	}
	if s.useCLI.on {
		add(KindCLI, s.useCLI.value)
	}
	return found
}

func noCredential(s settings) error {
	var found []string
	for _, v := range s.texts() {
		if v.found() {
			found = append(found, v.source.String())
		}
	}
	for _, f := range []flag{s.useOIDC, s.useMSI, s.useCLI} {
		if f.off() {
			found = append(found, f.source.String()+" (false)")
		}
	}
	return blame("",
		"no credential for Microsoft Entra ID: found %s; set one of client_secret, client_certificate_path, use_oidc, use_msi, use_cli and access_token as an argument of the provider or as an environment variable, for example MSSTORE_CLIENT_SECRET or ARM_CLIENT_SECRET",
		list(found))
}

// validate finds what makes the chosen credential useless, before anything is asked of Entra, whose
// answers to the same mistakes are harder to read.
func validate(s settings, chosen candidate) error {
	if chosen.kind == KindOIDC && !s.assertion().found() {
		return blame("oidc_token",
			"%s asks for an OIDC token, but there is none: set oidc_token, oidc_token_file_path, or oidc_request_url with oidc_request_token; in GitHub Actions give the job the permission id-token: write; in Azure Pipelines map SYSTEM_ACCESSTOKEN: $(System.AccessToken) into the step's env",
			chosen.value.source)
	}
	switch chosen.kind {
	case KindClientSecret, KindCertificate, KindOIDC:
		for _, v := range []struct {
			value
			argument string
		}{{s.tenantID, "tenant_id"}, {s.clientID, "client_id"}} {
			if !v.found() {
				upper := strings.ToUpper(v.argument)
				return blame(v.argument, "%s needs %s: set the argument %s or one of the environment variables MSSTORE_%s, ARM_%s and AZURE_%s",
					chosen, v.argument, v.argument, upper, upper, upper)
			}
		}
	case KindManagedIdentity, KindCLI, KindAccessToken:
	}
	for _, v := range used(s, chosen.kind) {
		if strings.TrimSpace(v.text) != v.text {
			return blame(v.source.argument, "%s begins or ends with white space, often the newline at the end of a file: remove it", v.source)
		}
	}
	return validateForm(s, chosen.kind)
}

// used lists the settings of a kind that hold no white space in any valid form.
func used(s settings, kind Kind) []value {
	tenant, client := s.identity(kind)
	values := []value{tenant, client}
	switch assertion := s.assertion(); {
	case kind == KindClientSecret:
		values = append(values, s.clientSecret)
	case kind == KindAccessToken:
		values = append(values, s.accessToken)
	case kind == KindOIDC && assertion.requests():
		values = append(values, s.oidcRequestURL, s.oidcRequestToken, s.serviceConnectionID)
	case kind == KindOIDC && assertion.value == s.oidcToken:
		values = append(values, s.oidcToken)
	}
	return values
}

func validateForm(s settings, kind Kind) error {
	if kind == KindAccessToken {
		return validateAccessToken(s.accessToken)
	}
	tenant, _ := s.identity(kind)
	if err := validateTenant(tenant); err != nil {
		return err
	}
	if kind == KindOIDC && s.assertion().requests() {
		if err := validateRequestURL(s.oidcRequestURL); err != nil {
			return err
		}
	}
	return validateAuthority(s.authorityHost)
}

func validateTenant(v value) error {
	switch strings.ToLower(v.text) {
	case "common", "organizations", "consumers":
		return blame("tenant_id", "%s is %q, which stands for many tenants: name the tenant that is associated with the Partner Center account", v.source, v.text)
	}
	if i := strings.IndexFunc(v.text, func(r rune) bool {
		return (r < '0' || r > '9') && (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && r != '.' && r != '-'
	}); i >= 0 {
		return blame("tenant_id", "%s is %q, which is neither a tenant's GUID nor one of its domains", v.source, v.text)
	}
	return nil
}

// validateAuthority accepts an https address without anything behind the host: a secret must not
// travel in the clear, and the tenant is appended to the address.
func validateAuthority(v value) error {
	if !v.found() {
		return nil
	}
	u, err := url.Parse(v.text)
	if err != nil || u.Scheme != "https" || u.Host == "" || u.User != nil || strings.Trim(u.Path, "/") != "" || u.RawQuery != "" || u.Fragment != "" {
		return blame("authority_host", "%s must be an https address such as https://login.microsoftonline.us, without user, path or query", v.source)
	}
	return nil
}

// validateRequestURL keeps the request token from travelling in the clear. Loopback is allowed
// because some runners put a proxy there.
func validateRequestURL(v value) error {
	u, err := url.Parse(v.text)
	if err != nil || u.Host == "" {
		return blame("oidc_request_url", "%s is not an address", v.source)
	}
	if !loopback.IsPrivate(u) {
		return blame("oidc_request_url", "%s has the scheme %q: the request token is sent over https only", v.source, u.Scheme)
	}
	return nil
}
