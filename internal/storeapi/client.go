// Package storeapi is a client of the Microsoft Store submission API for package flights.
package storeapi

import (
	"log/slog"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
)

// Options configure a Client.
type Options struct {
	Endpoint          string
	Credential        azcore.TokenCredential
	UserAgent         string
	Logger            *slog.Logger
	RequestsPerMinute int
	RetryDelay        time.Duration
	AttemptTimeout    time.Duration
	Transport         policy.Transporter
}

// Client talks to the Store. It is safe for concurrent use.
type Client struct{}

// New makes a client.
func New(Options) (*Client, error) { return &Client{}, nil }
