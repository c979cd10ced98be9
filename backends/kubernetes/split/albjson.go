package split

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
)

// rewriteWeights sets the weights of a forward action's target groups in its
// text. Everything else stays letter by letter: order, spelling and spaces are
// somebody else's.
func rewriteWeights(raw string, weights []int64) (string, error) {
	s := &weightScanner{text: raw, decoder: json.NewDecoder(strings.NewReader(raw))}
	s.decoder.UseNumber()
	if err := s.value(nil); err != nil {
		return "", err
	}
	if len(s.groups) != len(weights) {
		return "", fmt.Errorf("the action has %d target groups, not %d", len(s.groups), len(weights))
	}
	for i := len(weights) - 1; i >= 0; i-- { // from the end, so that what stands before keeps its place
		group, weight := s.groups[i], strconv.FormatInt(weights[i], 10)
		from, to := group.from, group.to
		if to == 0 {
			from, to, weight = group.end, group.end, `"weight":`+weight
			if !group.empty {
				weight = "," + weight
			}
		}
		raw = raw[:from] + weight + raw[to:]
	}
	return raw, nil
}

// weightScanner finds where the weights of target groups stand in a text.
type weightScanner struct {
	text    string
	decoder *json.Decoder
	groups  []groupPlace
}

// groupPlace is where a target group ends, and where its weight stands: to is 0
// when it has none.
type groupPlace struct {
	from, to, end int
	empty         bool
}

// value reads one value under a path of names in lower case, "[]" for an item.
func (s *weightScanner) value(path []string) error {
	token, err := s.decoder.Token()
	if err != nil {
		return err
	}
	switch token {
	case json.Delim('{'):
		return s.object(path)
	case json.Delim('['):
		for s.decoder.More() {
			if err := s.value(append(path, "[]")); err != nil {
				return err
			}
		}
		_, err = s.decoder.Token()
		return err
	}
	if number, ok := token.(json.Number); ok && strings.Join(path, "/") == groupPath+"/weight" {
		place := &s.groups[len(s.groups)-1]
		place.to = int(s.decoder.InputOffset())
		place.from = place.to - len(number)
	}
	return nil
}

const groupPath = "forwardconfig/targetgroups/[]"

func (s *weightScanner) object(path []string) error {
	group := strings.Join(path, "/") == groupPath
	at := len(s.groups)
	if group {
		s.groups = append(s.groups, groupPlace{empty: true})
	}
	for s.decoder.More() {
		name, err := s.decoder.Token()
		if err != nil {
			return err
		}
		if group {
			s.groups[at].empty = false
		}
		if err := s.value(append(path, strings.ToLower(fmt.Sprint(name)))); err != nil {
			return err
		}
	}
	if _, err := s.decoder.Token(); err != nil {
		return err
	}
	if group {
		s.groups[at].end = int(s.decoder.InputOffset()) - 1
	}
	return nil
}
