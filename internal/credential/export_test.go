package credential

// Explain gives the advice on a failure to sign in, "" for one that is not known.
func Explain(err error) string {
	advice, _ := failureOf(err).advice()
	return advice.text
}
