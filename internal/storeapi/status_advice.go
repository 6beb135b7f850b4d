package storeapi

// statusAdvice has a sentence for each code that was documented or observed [store-api 5.4].
var statusAdvice = map[string]string{
	"None":                      "The Store names no reason. Open the submission in Partner Center.",
	"InvalidArchive":            "The Store could not read the uploaded ZIP. Submit again to upload it anew.",
	"MissingFiles":              "A package of the submission is not in the uploaded ZIP under its file_name. Submit again to upload it anew.",
	"PackageValidationFailed":   "The Store refused a package. Correct the package as the details say, raise its version, and submit again.",
	"InvalidParameterValue":     "The Store refused a value of the submission. Correct the argument that the details name, and submit again.",
	"InvalidOperation":          "The submission was made or changed outside the API. Delete it in Partner Center, and submit again.",
	"InvalidState":              "The submission or the app is in a state that forbids this. Resolve the other errors first, then submit again.",
	"ResourceNotFound":          "The Store no longer has something that the submission refers to. Check the flight and its groups in Partner Center, and submit again.",
	"ServiceError":              "The Store failed. Submit again later; contact Store support with the correlation id if it fails again.",
	"ListingOptOutWarning":      "A listing was removed. Check the listings of the app in Partner Center if you did not intend this.",
	"ListingOptInWarning":       "A listing was added. Check the listings of the app in Partner Center if you did not intend this.",
	"UpdateOnlyWarning":         "Only customers who already have the app get this update. Check the availability of the app in Partner Center.",
	"Other":                     "The details give the reason. Open the submission in Partner Center if they do not.",
	"PackageValidationWarning":  "The Store accepted a package with a remark. Read the details before the next release; nothing is blocked.",
	"SalesUnsupportedWarning":   "The app is not sold in some market or account type. Check pricing and availability in Partner Center; nothing is blocked.",
	"IsInternalError":           "The Store cancelled the commit because of an error of its own. Submit again; contact Store support with the correlation id if it fails again.",
	"InvalidMicrosoftAgeRating": "The age rating of the app is missing or out of date. Complete the age rating questionnaire in Partner Center, and submit again.",
}

// StatusAdvice says in a sentence or two what to do about a code of [StatusDetails.Errors] or [StatusDetails.Warnings],
// or nothing for a code that is not known. A lone InvalidState, the only error of a submission, has its explanation in
// Partner Center only [store-api 5.4].
func StatusAdvice(code string, alone bool) string {
	if code == "InvalidState" && alone {
		return "The Store explains this in Partner Center only. Open the submission there, resolve what it shows, and submit again."
	}
	return statusAdvice[code]
}
