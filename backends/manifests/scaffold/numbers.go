package scaffold

import (
	"slices"
	"time"
)

// Numbers is a set of the fields that are numbers. The zero value is empty.
type Numbers uint8

// numberFields are those fields as in pitwall.yaml; the place is the bit.
var numberFields = [...]string{"replicas", "cpu", "memory", "latency", "errors", "candidate", "minimum"}

const everyNumber Numbers = 1<<len(numberFields) - 1

// Has reports whether the set has a field, named as in pitwall.yaml.
func (n Numbers) Has(field string) bool { return n&bit(field) != 0 }

// With is the set with a field besides. One that is no number changes nothing.
func (n Numbers) With(field string) Numbers { return n | bit(field) }

func bit(field string) Numbers {
	if i := slices.Index(numberFields[:], field); i >= 0 {
		return 1 << i
	}
	return 0
}

// numberOr is the value, or the default where nobody answered.
func numberOr[T int | float64 | time.Duration](a Answers, field string, value, or T) T {
	if value == 0 && !a.Given.Has(field) {
		return or
	}
	return value
}
