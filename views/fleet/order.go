package fleet

import (
	"cmp"
	"math"
	"slices"
	"strings"

	tea "charm.land/bubbletea/v2"

	"pitwall/backends"
	data "pitwall/backends/fleet"
	"pitwall/views"
)

// order decides the places of the rows: worst first, or by a column.
type order struct {
	column  string // "" is worst first
	reverse bool   // against the natural direction of the column
	places  map[string]int
	pending bool // rows stand where they stood although the order has changed
}

// arrange returns the indices of the rows that match. Without anew the rows
// keep their places, and new ones stand at the end; pending then tells whether
// the true order is another one.
func (o *order) arrange(s *data.Snapshot, match func(*data.Row) bool, anew bool) []int {
	rows := make([]int, 0, len(s.Rows))
	for i := range s.Rows {
		if match(&s.Rows[i]) {
			rows = append(rows, i)
		}
	}
	slices.SortStableFunc(rows, func(a, b int) int { return o.compare(&s.Rows[a], &s.Rows[b]) })
	o.pending = false
	if !anew {
		held := slices.Clone(rows)
		slices.SortStableFunc(held, func(a, b int) int {
			return cmp.Compare(o.placeOf(&s.Rows[a]), o.placeOf(&s.Rows[b]))
		})
		o.pending = !slices.Equal(rows, held)
		rows = held
	}
	o.places = make(map[string]int, len(rows))
	for place, i := range rows {
		o.places[s.Rows[i].Deployment.Name] = place
	}
	return rows
}

func (o *order) placeOf(r *data.Row) int {
	if place, known := o.places[r.Deployment.Name]; known {
		return place
	}
	return math.MaxInt
}

// compare orders by the column, then worst first. A missing value comes last
// in either direction.
func (o *order) compare(a, b *data.Row) int {
	if o.column == "" {
		c := data.WorstFirst(*a, *b)
		if o.reverse {
			return -c
		}
		return c
	}
	if text := textKeys[o.column]; text != nil {
		return cmp.Or(o.sign()*strings.Compare(text(a), text(b)), strings.Compare(a.Deployment.Name, b.Deployment.Name))
	}
	x, y := numberKeys[o.column](a), numberKeys[o.column](b)
	switch {
	case backends.Missing(x) && backends.Missing(y):
	case backends.Missing(x):
		return 1
	case backends.Missing(y):
		return -1
	case x != y:
		return -o.sign() * cmp.Compare(x, y) // the greatest first
	}
	return strings.Compare(a.Deployment.Name, b.Deployment.Name)
}

func (o *order) sign() int {
	if o.reverse {
		return -1
	}
	return 1
}

// textKeys and numberKeys say what a column is sorted by.
var textKeys = map[string]func(*data.Row) string{
	"name":     func(r *data.Row) string { return r.Deployment.Name },
	"env":      func(r *data.Row) string { return r.Deployment.Environment },
	"versions": func(r *data.Row) string { return views.Versions(r.Deployment) },
}

var numberKeys = map[string]func(*data.Row) float64{
	"ready": func(r *data.Row) float64 {
		ready, desired := views.Ready(r.Deployment)
		return float64(desired - ready)
	},
	"split": func(r *data.Row) float64 {
		v, _ := r.Deployment.Variant(backends.Stable)
		return 100 - v.Weight
	},
	"rps": func(r *data.Row) float64 { return r.Signal("").RPS },
	"p95": func(r *data.Row) float64 {
		latency, _ := views.Latency(r.Signal(""), views.MeanOnly(r))
		return latency
	},
	"err":    func(r *data.Row) float64 { return r.Signal("").ErrorRatio },
	"drift":  func(r *data.Row) float64 { return r.Signal("").DriftPSI },
	"alerts": func(r *data.Row) float64 { return float64(len(r.Alerts)) },
	"age":    func(r *data.Row) float64 { return -float64(measured(r).UnixMilli()) },
}

// sortBy sorts by a column, and turns the direction when it is sorted by it.
func (s *Screen) sortBy(column string) tea.Cmd {
	if column == "state" {
		column = ""
	}
	if column != "" && textKeys[column] == nil && numberKeys[column] == nil {
		return nil
	}
	s.order.reverse = s.order.column == column && !s.order.reverse
	s.order.column = column
	return s.sortNow()
}

func (s *Screen) sortWorst() tea.Cmd {
	s.order.column, s.order.reverse = "", false
	return s.sortNow()
}

// sortNext sorts by the sortable column that is step further.
func (s *Screen) sortNext(step int) tea.Cmd {
	ids := []string{""}
	for _, c := range columns(0) {
		if textKeys[c.ID] != nil || numberKeys[c.ID] != nil {
			ids = append(ids, c.ID)
		}
	}
	at := slices.Index(ids, s.order.column) + step + len(ids)
	s.order.column, s.order.reverse = ids[at%len(ids)], false
	return s.sortNow()
}

func (s *Screen) sortNow() tea.Cmd {
	s.arrange(true)
	return nil
}

// mark shows the order in the table's header: the arrow points down when the
// greatest, or the worst, comes first.
func (s *Screen) mark() {
	column, down := s.order.column, !s.order.reverse
	if column == "" {
		column = "state"
	} else if textKeys[column] != nil {
		down = !down
	}
	s.table.SetSort(column, down)
}
