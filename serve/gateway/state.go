package gateway

import (
	"cmp"
	"errors"
	"fmt"
	"net"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"pitwall/serve/gateway/split"
)

// State is what the gateway was told (names, versions, weights, backends) and,
// when it is read, what it counts. SetState ignores the counters and the
// generation in it.
type State struct {
	Deployment string    `json:"deployment"`
	Generation int64     `json:"generation"` // grows by one with every change; 0 before the first
	Salt       string    `json:"salt"`       // goes before the user's key; changing it reshuffles everyone
	Variants   []Variant `json:"variants"`
	Remark     string    `json:"remark,omitempty"` // who set it and when, in the writer's words

	// Key and Started are told by the gateway and ignored when the state is set.
	Key     string    `json:"key,omitempty"`    // header that names the user, or cookie:NAME
	Started time.Time `json:"started,omitzero"` // of the process; one that restarted counts from 0 and lost its state
}

// Variant is one side of the deployment.
type Variant struct {
	Name     string    `json:"name"` // A (stable), B, C, D or E
	Version  string    `json:"version"`
	Weight   float64   `json:"weight"`   // percent, at most two decimals
	Requests int64     `json:"requests"` // answered since the process started
	Errors   int64     `json:"errors"`   // of these, 5xx by or on behalf of the variant
	Backends []Backend `json:"backends"`
}

// Backend is one replica of a variant.
type Backend struct {
	Addr     string `json:"addr"` // host:port
	Name     string `json:"name"`
	Up       bool   `json:"up"`        // answers its readiness probe, and the last connection to it succeeded
	Draining bool   `json:"draining"`  // gets no new request
	InFlight int64  `json:"in_flight"` // requests it is working on
}

const (
	maxNameLen  = 256 // bytes of a salt, a remark, a version, a backend's name
	maxBackends = 256 // of all variants together
)

// Validate reports the first thing that makes the state unusable.
func (s State) Validate() error {
	if err := cmp.Or(validText("salt", s.Salt), validText("remark", s.Remark)); err != nil {
		return err
	}
	if _, err := s.table(); err != nil {
		return err
	}
	owners := make(map[string]string)
	for _, v := range s.Variants {
		if err := validText("version of "+v.Name, v.Version); err != nil {
			return err
		}
		serving := 0
		for _, b := range v.Backends {
			if err := validBackend(b); err != nil {
				return fmt.Errorf("variant %s: %w", v.Name, err)
			}
			if owner, taken := owners[b.Addr]; taken {
				return fmt.Errorf("backend %s is listed twice, in %s and %s", b.Addr, owner, v.Name)
			}
			owners[b.Addr] = v.Name
			if !b.Draining {
				serving++
			}
		}
		if v.Weight > 0 && serving == 0 {
			return fmt.Errorf("variant %s has weight %v %% but no backend that takes requests: add one, or set its weight to 0", v.Name, v.Weight)
		}
	}
	if len(owners) > maxBackends {
		return fmt.Errorf("%d backends are more than the %d allowed", len(owners), maxBackends)
	}
	return nil
}

// table lays the weights out.
func (s State) table() (*split.Table, error) {
	weights := make([]split.Weight, len(s.Variants))
	for i, v := range s.Variants {
		points, err := split.Points(v.Weight)
		if err != nil {
			return nil, fmt.Errorf("variant %q: %w", v.Name, err)
		}
		weights[i] = split.Weight{Variant: v.Name, Points: points}
	}
	return split.New(weights)
}

func validBackend(b Backend) error {
	host, port, err := net.SplitHostPort(b.Addr)
	if err != nil {
		return fmt.Errorf("backend address %q is not host:port", b.Addr)
	}
	if n, err := strconv.ParseUint(port, 10, 16); err != nil || n == 0 || host == "" {
		return fmt.Errorf("backend address %q needs a host and a port from 1 to 65535", b.Addr)
	}
	return cmp.Or(validText("backend address", b.Addr), validText("backend name", b.Name))
}

// validText guards what ends in metric labels, headers and logs.
func validText(what, s string) error {
	if len(s) > maxNameLen {
		return fmt.Errorf("%s is longer than %d bytes", what, maxNameLen)
	}
	if !utf8.ValidString(s) || strings.ContainsFunc(s, unicode.IsControl) {
		return errors.New(what + " holds control characters or is not UTF-8")
	}
	return nil
}
