package artifact

// What reads text of servers and configurations.
var (
	CheckHeader  = checkHeader
	ContentRange = contentRange
	ParseAddress = parseAddress
)
