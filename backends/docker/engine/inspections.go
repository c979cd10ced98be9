package engine

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/moby/moby/api/types/container"
)

const (
	unsettledAge = 2 * time.Second // of an inspection of a container whose health or restarts go on
	settledAge   = time.Minute     // after which the oldest inspection is renewed, one a list
	forgetAge    = 5 * time.Minute // of an inspection that no list asked for
	clockSlack   = 1500 * time.Millisecond
	rounding     = 30 * time.Minute // the engine rounds hours and more to the nearest hour first
)

// inspections are remembered until the row of the container in a list, or an
// event, says that it changed. The zero value is ready.
type inspections struct {
	mu      sync.Mutex
	clock   uint64            // counts what was told to changed
	touched map[string]uint64 // by ID, the clock of the last event
	known   map[string]inspection
	renewed time.Time // when an inspection was last given up for its age alone
}

// inspection is what is known of a container and the row that it belongs to.
type inspection struct {
	Container
	row   string
	from  time.Time // the earliest and the latest time at which its status can have begun
	to    time.Time
	began uint64 // clock when it was asked for
	at    time.Time
	asked time.Time // last
}

// mark is the time of an inspection that begins now, for keep.
func (s *inspections) mark() uint64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.clock
}

// changed says that an inspection that began before is out of date.
func (s *inspections) changed(id string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.touched == nil {
		s.touched = make(map[string]uint64)
	}
	s.clock++
	s.touched[id] = s.clock
}

func (s *inspections) keep(row container.Summary, c Container, began uint64, now time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.known == nil {
		s.known = make(map[string]inspection)
	}
	from, to := period(row.Status, now)
	s.known[row.ID] = inspection{Container: c, row: fingerprint(row), from: from, to: to, began: began, at: now, asked: now}
}

// fresh gives what is known of a container unless its row, an event or its age
// says that it may have changed.
func (s *inspections) fresh(row container.Summary, now time.Time) (Container, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	known, ok := s.known[row.ID]
	if !ok || s.touched[row.ID] > known.began || known.row != fingerprint(row) || known.restarted(row.Status, now) {
		return Container{}, false
	}
	age := now.Sub(known.at)
	if unsettled(known.Container) && age >= unsettledAge {
		return Container{}, false
	}
	if age >= settledAge && now.Sub(s.renewed) >= time.Second {
		s.renewed = now
		return Container{}, false
	}
	known.asked = now
	s.known[row.ID] = known
	return known.Container, true
}

// last is what a list last showed of a container, unless an event came since.
func (s *inspections) last(id string) (Container, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	known, ok := s.known[id]
	return known.Container, ok && s.touched[id] <= known.began
}

func unsettled(c Container) bool {
	return c.Status == "restarting" || c.Status == "removing" || c.Health.Status == "starting" || c.Health.Status == "unhealthy" || c.Health.Failing > 0
}

// prune forgets the containers that no list asked for.
func (s *inspections) prune(now time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for id, known := range s.known {
		if now.Sub(known.asked) > forgetAge {
			delete(s.known, id)
		}
	}
	for id := range s.touched {
		if _, ok := s.known[id]; !ok && len(s.touched) > len(s.known)+100 {
			delete(s.touched, id)
		}
	}
}

// restarted reports whether the status began after every time at which the
// known one can have begun: "Up 3 seconds" after "Up 2 hours".
func (i inspection) restarted(status string, now time.Time) bool {
	from, _ := period(status, now)
	return !from.IsZero() && from.After(i.to.Add(clockSlack))
}

// fingerprint is what a list tells about a container and what stays the same
// while it rests: its status without the time that passes.
func fingerprint(row container.Summary) string {
	var b strings.Builder
	before, after, _ := statusParts(row.Status)
	fmt.Fprintf(&b, "%s|%s|%s|%s|%v|", row.State, before, after, row.Image, row.Names)
	if row.NetworkSettings != nil {
		var attached []string
		for name, e := range row.NetworkSettings.Networks {
			if e != nil {
				attached = append(attached, name+"="+e.IPAddress.String())
			}
		}
		slices.Sort(attached)
		fmt.Fprintf(&b, "%v", attached)
	}
	return b.String()
}

// statusParts splits "Up 3 minutes (healthy)" into "Up", "(healthy)" and
// "3 minutes", and "Exited (1) 2 hours ago" into "Exited (1)", "" and "2 hours".
func statusParts(status string) (before, after, duration string) {
	switch {
	case strings.HasPrefix(status, "Up "):
		rest := strings.TrimPrefix(status, "Up ")
		if i := strings.IndexByte(rest, '('); i >= 0 {
			return "Up", rest[i:], strings.TrimSpace(rest[:i])
		}
		return "Up", "", rest
	case strings.HasSuffix(status, " ago"):
		if i := strings.IndexByte(status, ')'); i >= 0 {
			return status[:i+1], "", strings.TrimSpace(strings.TrimSuffix(status[i+1:], " ago"))
		}
	}
	return status, "", ""
}

// period is the span of time in which a status can have begun, zero when the
// status does not tell. It is the inverse of what the engine rounds to.
func period(status string, now time.Time) (from, to time.Time) {
	_, _, text := statusParts(status)
	least, most, ok := spans(text)
	if !ok {
		return time.Time{}, now
	}
	return now.Add(-most), now.Add(-least)
}

// spans reads the engine's durations (go-units HumanDuration): the least and
// the most that one stands for.
func spans(text string) (least, most time.Duration, ok bool) {
	switch text {
	case "Less than a second":
		return 0, time.Second, true
	case "About a minute":
		return time.Minute, 2 * time.Minute, true
	case "About an hour":
		return time.Hour - rounding, 2 * time.Hour, true
	}
	number, unit, _ := strings.Cut(text, " ")
	n, err := strconv.Atoi(number)
	each, known := map[string]time.Duration{"second": time.Second, "minute": time.Minute, "hour": time.Hour,
		"day": 24 * time.Hour, "week": 7 * 24 * time.Hour, "month": 30 * 24 * time.Hour, "year": 365 * 24 * time.Hour}[strings.TrimSuffix(unit, "s")]
	if err != nil || !known {
		return 0, 0, false
	}
	least, most = time.Duration(n)*each, time.Duration(n+1)*each
	if each >= time.Hour {
		least -= rounding
	}
	return least, most, true
}
