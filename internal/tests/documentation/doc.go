// Package documentation holds what people read to what there is: links that lead
// somewhere, messages that the provider has, and a description for everything in
// the schema.
package documentation
