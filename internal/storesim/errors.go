package storesim

import (
	"net/http"
	"strings"
)

// errorJSON is the service's error body [store-api 2.1].
type errorJSON struct {
	Code       string     `json:"code"`
	Data       []string   `json:"data"`
	Details    []string   `json:"details"`
	Message    string     `json:"message"`
	Source     string     `json:"source,omitempty"`
	Target     string     `json:"target,omitempty"`
	InnerError *errorJSON `json:"innererror,omitempty"`
}

func refusal(status int, code, target, message string) *reply {
	return jsonReply(status, errorJSON{
		Code: code, Data: []string{}, Details: []string{}, Message: message, Source: "Ingestion Api", Target: target,
	})
}

func notFound(target, message string) *reply {
	return refusal(http.StatusNotFound, "ResourceNotFound", target, message)
}

func invalidState(target, message string) *reply {
	return refusal(http.StatusConflict, "InvalidState", target, message)
}

func invalidParameter(target, message string) *reply {
	return refusal(http.StatusBadRequest, "InvalidParameterValue", target, message)
}

// internalError is the one error whose body has an inner error [store-api 2.1].
func internalError() *reply {
	return jsonReply(http.StatusInternalServerError, errorJSON{
		Code: "InternalServerError", Data: []string{}, Details: []string{}, Message: "An internal error occurred.", Source: "Ingestion Api",
		InnerError: &errorJSON{Code: "UnknownInternalFailure", Data: []string{}, Details: []string{}, Message: "An unknown failure occurred."},
	})
}

// gateway is the shape of errors made by the API gateway in front of the service [store-api 1.4].
func gateway(status int, message string) *reply {
	return jsonReply(status, map[string]any{"statusCode": status, "message": message})
}

// authorize checks the bearer token [store-api 1.4].
func (s *Sim) authorize(authorization string) *reply {
	scheme, token, _ := strings.Cut(authorization, " ")
	if !strings.EqualFold(scheme, "Bearer") || !s.acceptToken(token) {
		return unauthorized()
	}
	return nil
}

func unauthorized() *reply {
	return gateway(http.StatusUnauthorized, "APIM: Unauthorized. Access token is missing or invalid.")
}
