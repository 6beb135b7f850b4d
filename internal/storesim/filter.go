package storesim

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// condition tells whether a row is wanted.
type condition func(fields map[string]string) bool

// filterParser reads a filter of analytics: comparisons, and, or, parentheses [store-api 11.1].
type filterParser struct {
	tokens []string
}

// parseFilter takes every row if there is no filter.
func parseFilter(text string) (condition, error) {
	tokens, err := filterTokens(text)
	if err != nil {
		return nil, err
	}
	if len(tokens) == 0 {
		return func(map[string]string) bool { return true }, nil
	}
	p := &filterParser{tokens: tokens}
	wanted, err := p.alternatives()
	if err == nil && len(p.tokens) > 0 {
		err = fmt.Errorf("%q is too much", p.tokens[0])
	}
	return wanted, err
}

// filterTokens splits a filter into words, parentheses and values, which keep the quote in front of them.
func filterTokens(text string) ([]string, error) {
	var tokens []string
	for text = strings.TrimSpace(text); text != ""; text = strings.TrimSpace(text) {
		end := strings.IndexAny(text, "() '")
		switch {
		case text[0] == '\'':
			value, rest, err := quotedValue(text[1:])
			if err != nil {
				return nil, err
			}
			tokens, text = append(tokens, "'"+value), rest
		case end == 0:
			tokens, text = append(tokens, text[:1]), text[1:]
		case end < 0:
			tokens, text = append(tokens, text), ""
		default:
			tokens, text = append(tokens, text[:end]), text[end:]
		}
	}
	return tokens, nil
}

// quotedValue reads up to the closing quote; two quotes stand for one.
func quotedValue(text string) (value, rest string, err error) {
	var b strings.Builder
	for {
		part, after, found := strings.Cut(text, "'")
		b.WriteString(part)
		if !found {
			return "", "", errors.New("a quote is not closed")
		}
		if !strings.HasPrefix(after, "'") {
			return b.String(), after, nil
		}
		b.WriteByte('\'')
		text = after[1:]
	}
}

func (p *filterParser) next() string {
	if len(p.tokens) == 0 {
		return ""
	}
	token := p.tokens[0]
	p.tokens = p.tokens[1:]
	return token
}

func (p *filterParser) accept(word string) bool {
	if len(p.tokens) == 0 || p.tokens[0] != word {
		return false
	}
	p.tokens = p.tokens[1:]
	return true
}

func (p *filterParser) alternatives() (condition, error) {
	wanted, err := p.conjunction()
	for err == nil && p.accept("or") {
		left := wanted
		var right condition
		right, err = p.conjunction()
		wanted = func(fields map[string]string) bool { return left(fields) || right(fields) }
	}
	return wanted, err
}

func (p *filterParser) conjunction() (condition, error) {
	wanted, err := p.comparison()
	for err == nil && p.accept("and") {
		left := wanted
		var right condition
		right, err = p.comparison()
		wanted = func(fields map[string]string) bool { return left(fields) && right(fields) }
	}
	return wanted, err
}

func (p *filterParser) comparison() (condition, error) {
	if p.accept("(") {
		wanted, err := p.alternatives()
		if err == nil && !p.accept(")") {
			err = errors.New("a parenthesis is not closed")
		}
		return wanted, err
	}
	field, operator, value := p.next(), p.next(), p.next()
	if field != failureDateField && !slices.Contains(failureFields, field) {
		return nil, fmt.Errorf("there is no field %q", field)
	}
	if operator != "eq" && operator != "ne" {
		return nil, fmt.Errorf("%q is no operator", operator)
	}
	value, quoted := strings.CutPrefix(value, "'")
	if !quoted {
		return nil, fmt.Errorf("the value of %s is not quoted", field)
	}
	return func(fields map[string]string) bool { return (fields[field] == value) == (operator == "eq") }, nil
}

// parseOrder compares rows by "field [asc|desc]" after "field [asc|desc]"; without any, by date.
func parseOrder(text string) (func(a, b failureRow) int, error) {
	type key struct {
		field      string
		descending bool
	}
	var keys []key
	for _, part := range splitFields(text) {
		words := strings.Fields(part)
		if !known(words[:1]) && words[0] != failureDateField || len(words) > 2 || len(words) == 2 && words[1] != "asc" && words[1] != "desc" {
			return nil, fmt.Errorf("%q is no order", part)
		}
		keys = append(keys, key{words[0], len(words) == 2 && words[1] == "desc"})
	}
	keys = append(keys, key{field: failureDateField})
	return func(a, b failureRow) int {
		for _, k := range keys {
			order := cmp.Compare(a.fields[k.field], b.fields[k.field])
			if k.descending {
				order = -order
			}
			if order != 0 {
				return order
			}
		}
		return 0
	}, nil
}
