package storeapi

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/runtime"
)

// maxValues bounds the memory that a reply takes once it is decoded: an empty package costs two bytes in a reply, and a
// hundred times that afterwards. A submission with 30 packages has some thousand values.
const maxValues = 100_000

var errCutOff = errors.New("the reply is cut off or not JSON")

// wholeReplyPolicy makes a failed attempt of a successful reply whose JSON does not end: a proxy that closes a connection
// early looks like a complete reply where the length is not announced.
type wholeReplyPolicy struct{}

// Do implements policy.Policy.
func (wholeReplyPolicy) Do(req *policy.Request) (*http.Response, error) {
	resp, err := req.Next()
	failed, ok := errors.AsType[*url.Error](err)
	if ok { // http.Client puts the method and the address before it, and the operation says more.
		err = failed.Err
	}
	if err != nil || !isSuccess(resp) {
		return resp, err
	}
	body, err := runtime.Payload(resp)
	if err != nil {
		return resp, err
	}
	body = trimBOM(body)
	// Deletions and commits may answer with nothing [store-api 2].
	wantsBody := req.Raw().Method == http.MethodGet || req.Raw().Method == http.MethodPut
	switch {
	case len(body) == 0 && !wantsBody:
		return resp, nil
	case !json.Valid(body):
		return resp, errCutOff
	case bytes.Count(body, []byte(",")) > maxValues:
		return resp, oversized(fmt.Sprintf("the reply has more than the %d values that are accepted", maxValues))
	default:
		return resp, nil
	}
}

// oversized is the error of a reply that is too large to be decoded.
type oversized string

func (e oversized) Error() string { return string(e) }

// NonRetriable keeps azcore from asking for the same again.
func (oversized) NonRetriable() {}
