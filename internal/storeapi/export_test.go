package storeapi

// TakeRetryAfter is what the budget asks a refusal.
var TakeRetryAfter = takeRetryAfter
