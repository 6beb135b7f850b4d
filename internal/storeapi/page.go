package storeapi

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"strconv"
	"strings"
)

const (
	// pageSize is what is asked for per page. The Store's default is 10; other clients ask for 100 [store-api 3.1, 3.2].
	pageSize = 100
	// maxPages ends a list that the Store never ends.
	maxPages = 1000
)

// page is one page of a list [store-api 3.1].
type page struct {
	value []json.RawMessage
	// next is the address of the following page, relative to the base; empty if the Store gave none, which it also does
	// when there is one [store-api 3.2].
	next  string
	total int
}

func decodePage(body []byte) (page, error) {
	o, err := parseObject(body)
	if err != nil {
		return page{}, err
	}
	var (
		p            page
		total        float64
		next, nextV4 string
	)
	err = decodeFields(o, []field{
		{name: "value", decode: func(given json.RawMessage) (err error) { p.value, err = decodeElements(given); return err }},
		text("@nextLink", &next),
		text("@odata.nextLink", &nextV4),
		saidNumber("totalCount", &total),
	})
	p.total = int(total)
	if p.next = next; next == "" {
		p.next = nextV4
	}
	return p, err
}

// list reads every page of a list. It follows the Store's links, and where they are missing counts for itself. A page
// that is not found ends the list: the Store says 404 where there is nothing [store-api 3.1, 3.2].
func (c *Client) list(ctx context.Context, r request) ([]reply, error) {
	r.query = pageQuery(0)
	address, err := c.address(&r)
	if err != nil {
		return nil, err
	}
	var items []reply
	followed := map[string]bool{}
	for range maxPages {
		followed[address.String()] = true
		got, err := c.sendTo(ctx, r, address)
		if IsNotFound(err) {
			return items, nil
		}
		if err != nil {
			return nil, err
		}
		p, err := decodePage(got.body)
		if err != nil {
			return nil, undecodable(&r, err)
		}
		for _, value := range p.value {
			items = append(items, reply{body: value, correlationID: got.correlationID})
		}
		switch {
		case p.next != "":
			address, err = c.nextAddress(&r, p.next)
		case len(p.value) == 0 || len(items) >= p.total:
			return items, nil
		default:
			r.query = pageQuery(len(items))
			address, err = c.address(&r)
		}
		if err != nil {
			return nil, err
		}
		if followed[address.String()] {
			return nil, newError(&r, errors.New("the Store's list leads back to a page that was already read"))
		}
	}
	return nil, newError(&r, fmt.Errorf("the Store's list has more than %d pages", maxPages))
}

func pageQuery(skip int) url.Values {
	return url.Values{"top": {strconv.Itoa(pageSize)}, "skip": {strconv.Itoa(skip)}}
}

// nextAddress resolves a link. Following it elsewhere would hand the token to whoever is there.
func (c *Client) nextAddress(r *request, link string) (*url.URL, error) {
	address, err := c.base.Parse(link)
	if err != nil {
		return nil, newError(r, fmt.Errorf("the link to the next page is no address: %w", err))
	}
	if address.Scheme != c.base.Scheme || address.Host != c.base.Host || address.User != nil ||
		!strings.HasPrefix(address.Path, c.base.Path) {
		return nil, newError(r, fmt.Errorf("the link to the next page leads away from the Store, to %s://%s%s, and is not followed",
			address.Scheme, address.Host, address.Path))
	}
	return address, nil
}
