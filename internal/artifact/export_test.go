package artifact

// What reads text of servers and configurations.
var (
	CheckHeader  = checkHeader
	ContentRange = contentRange
	ParseAddress = parseAddress
)

// Network makes the connection that addresses are read through by default.
var Network = network
