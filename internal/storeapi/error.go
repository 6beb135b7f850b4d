package storeapi

// Error is what the Store, or the way to it, answered to an operation that failed.
type Error struct {
	Operation     string
	StatusCode    int
	Code          string
	Message       string
	Target        string
	CorrelationID string
	Err           error
}

func (e *Error) Error() string { return e.Operation }

// Unwrap gives the cause, if the Store gave no answer.
func (e *Error) Unwrap() error { return e.Err }

// Advice says what to do next, or "" if nothing is known of the error.
func (e *Error) Advice() string { return "" }

// IsNotFound says whether the Store knows nothing by that id.
func IsNotFound(err error) bool { return false }

// IsConflict says whether the present state forbids the operation.
func IsConflict(err error) bool { return false }

// IsAuth says whether the Store, or Entra, refused the credentials.
func IsAuth(err error) bool { return false }
