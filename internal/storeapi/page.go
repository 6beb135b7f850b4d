package storeapi

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math"
	"net/url"
	"strconv"
	"strings"

	"github.com/terraform-msstore/terraform-provider-msstore/internal/wirejson"
)

const (
	// pageSize is what is asked for per page. The Store's default is 10; other clients ask for 100 [store-api 3.1, 3.2].
	pageSize = 100
	// maxPages ends a list that the Store never ends.
	maxPages = 100
)

// page is one page of a list [store-api 3.1].
type page struct {
	// Next is the address of the following page, relative to the base; empty if the Store gave none, which it also does
	// when there is one [store-api 3.2].
	Next  string            `wire:"@nextLink"`
	OData string            `wire:"@odata.nextLink"`
	Total float64           `wire:"totalCount"`
	Value []json.RawMessage `wire:"value"`

	// counted is set if the Store gave a total.
	counted bool
}

func decodePage(body []byte) (page, error) {
	var p page
	o, err := wirejson.ParseObject(body)
	if err != nil {
		return p, err
	}
	if err := wirejson.Decode(o, &p); err != nil {
		return p, err
	}
	p.Next = cmp.Or(p.Next, p.OData)
	p.counted = !wirejson.IsNull(o.Find("totalCount"))
	if p.Total < 0 || p.Total != math.Trunc(p.Total) {
		return p, errors.New("member totalCount: not a count")
	}
	return p, nil
}

// listing says how a list comes by pages. The zero value is a list of the submission API.
type listing struct {
	// pageSize is how many entries are asked for per page; the usual number if zero.
	pageSize int
	// links is the path below the base that links are relative to.
	links string
	// required says that a list that is not found is an error, and not one without entries.
	required bool
}

// list is what was read of a list so far.
type list struct {
	items []reply
	ids   map[string]bool
	bytes int
}

// list reads every page of a list. It follows the Store's links, and where they are missing counts for itself. A first
// page that is not found is that of an empty list, unless the list is required: the Store says 404 where there is nothing
// [store-api 3.1, 3.2].
func (c *Client) list(ctx context.Context, r request) ([]reply, error) {
	wanted, link := r.query, ""
	read := list{ids: map[string]bool{}}
	for n := range maxPages {
		address, err := c.pageAddress(&r, wanted, link, len(read.items))
		if err != nil {
			return nil, err
		}
		got, err := c.sendTo(ctx, r, address)
		if n == 0 && IsNotFound(err) && !r.list.required {
			return nil, nil
		}
		if err != nil {
			return nil, err
		}
		p, err := decodePage(got.body)
		if err == nil {
			err = read.add(&r, p, got)
		}
		if err != nil {
			return nil, undecodable(&r, err)
		}
		if p.Next == "" && (len(p.Value) == 0 || float64(len(read.items)) >= p.Total) {
			return read.items, nil
		}
		link = p.Next
	}
	return nil, newError(&r, fmt.Errorf("the Store's list has more than %d pages", maxPages))
}

// add takes over a page. An entry that moved to the next page while the list was read is there twice and counts once. A
// page with a link that has nothing new would never end.
func (l *list) add(r *request, p page, got reply) error {
	before := len(l.items)
	for _, value := range p.Value {
		item := reply{body: value, correlationID: got.correlationID}
		about, err := decodeReply[identity](r, item)
		if err != nil {
			return err
		}
		id := strings.ToLower(about.ID + about.FlightID)
		if id == "" { // What has no id is known by all that it says.
			id = string(value)
		}
		if !l.ids[id] {
			l.ids[id] = true
			l.items = append(l.items, item)
		}
	}
	l.bytes += len(got.body)
	switch {
	case p.counted && float64(len(l.items)) > p.Total:
		return fmt.Errorf("the list has more entries than its totalCount, %v", p.Total)
	case p.Next != "" && len(l.items) == before:
		return errors.New("the list leads back to a page that was already read, or has a page without entries")
	case l.bytes > maxReply:
		return fmt.Errorf("the list has more than the %d MiB that are accepted", maxReply>>20)
	default:
		return nil
	}
}

// pageAddress gives the address of the page that follows after a number of entries, by the Store's link if there is one.
// A link must lead to the same list: following it elsewhere would hand the token to whoever is there, or list something
// else. What a server might decode once more, such as %2e or a backslash, has no place in it.
func (c *Client) pageAddress(r *request, wanted url.Values, link string, skip int) (*url.URL, error) {
	if link == "" {
		r.query = url.Values{"top": {strconv.Itoa(cmp.Or(r.list.pageSize, pageSize))}, "skip": {strconv.Itoa(skip)}}
		maps.Copy(r.query, wanted)
		return c.address(r)
	}
	address, err := c.base.Parse(r.list.links)
	if err == nil {
		address, err = address.Parse(link)
	}
	if err != nil {
		return nil, newError(r, errors.New("the link to the next page is no address"))
	}
	path := strings.TrimSuffix(address.EscapedPath(), "/")
	here := address.Scheme == c.base.Scheme && address.Host == c.base.Host && address.User == nil
	if !here || !strings.EqualFold(path, c.base.EscapedPath()+r.path) {
		return nil, newError(r, fmt.Errorf("the link to the next page leads away from the Store's list, to %s, and is not followed",
			plainText(address.Scheme+"://"+address.Host+address.EscapedPath())))
	}
	return address, nil
}
