package fleet

import (
	"errors"
	"fmt"
	"reflect"
	"testing"
	"time"

	"pitwall/backends"
)

// timesOnly are the fields by which snapshots of one version may differ.
var timesOnly = map[string]bool{
	".Version": true, ".At": true, ".Rows[0].ListedAt": true, ".Rows[0].SignalsAt": true, ".Sources[0].At": true,
	`.Rows[0].Signals[A].At`: true,
}

// sample fills everything that a snapshot can hold with something.
func sample() *Snapshot {
	s := &Snapshot{}
	fill(reflect.ValueOf(s).Elem())
	return s
}

var (
	timeType  = reflect.TypeFor[time.Time]()
	errorType = reflect.TypeFor[error]()
)

func fill(v reflect.Value) {
	switch {
	case v.Type() == timeType:
		v.Set(reflect.ValueOf(time.Unix(1000, 0)))
	case v.Type() == errorType:
		v.Set(reflect.ValueOf(errors.New("x")))
	case v.Kind() == reflect.Struct:
		for i := range v.NumField() {
			fill(v.Field(i))
		}
	case v.Kind() == reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 1, 1))
		fill(v.Index(0))
	case v.Kind() == reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		fill(v.Elem())
	case v.Kind() == reflect.Map:
		item := reflect.New(v.Type().Elem()).Elem()
		fill(item)
		v.Set(reflect.MakeMap(v.Type()))
		v.SetMapIndex(reflect.ValueOf("A"), item)
	}
}

// eachChange calls use once for every field below v, after changing that field
// alone.
func eachChange(v reflect.Value, path string, use func(path string)) {
	switch {
	case v.Type() == timeType:
		change(v, reflect.ValueOf(time.Unix(2000, 0)), path, use)
	case v.Type() == errorType:
		change(v, reflect.ValueOf(errors.New("y")), path, use)
	case v.Kind() == reflect.Struct:
		for i := range v.NumField() {
			eachChange(v.Field(i), path+"."+v.Type().Field(i).Name, use)
		}
	case v.Kind() == reflect.Slice:
		change(v, reflect.Zero(v.Type()), path, use)
		eachChange(v.Index(0), path+"[0]", use)
	case v.Kind() == reflect.Pointer:
		change(v, reflect.Zero(v.Type()), path, use)
		eachChange(v.Elem(), path, use)
	case v.Kind() == reflect.Map:
		change(v, reflect.Zero(v.Type()), path, use)
		key, item := reflect.ValueOf("A"), reflect.New(v.Type().Elem()).Elem()
		item.Set(v.MapIndex(key))
		eachChange(item, path+"[A]", func(path string) {
			before := v.MapIndex(key)
			v.SetMapIndex(key, item)
			use(path)
			v.SetMapIndex(key, before)
		})
	case v.Kind() == reflect.String:
		change(v, reflect.ValueOf("other").Convert(v.Type()), path, use)
	case v.Kind() == reflect.Bool:
		change(v, reflect.ValueOf(true), path, use)
	default:
		change(v, reflect.ValueOf(7).Convert(v.Type()), path, use)
	}
}

func change(v, to reflect.Value, path string, use func(path string)) {
	before := reflect.New(v.Type()).Elem()
	before.Set(v)
	v.Set(to)
	use(path)
	v.Set(before)
}

// TestEveryFieldCounts fails when a field is added to the vocabulary and
// forgotten in equalSnapshots.
func TestEveryFieldCounts(t *testing.T) {
	if !equalSnapshots(sample(), sample()) {
		t.Fatal("equal snapshots differ")
	}
	changed, fields := sample(), 0
	eachChange(reflect.ValueOf(changed).Elem(), "", func(path string) {
		fields++
		if got, want := equalSnapshots(sample(), changed), timesOnly[path]; got != want {
			t.Errorf("%s changed: equal is %v", path, got)
		}
	})
	if fields < 100 {
		t.Errorf("only %d fields were changed", fields)
	}
}

func TestMissingEqualsMissing(t *testing.T) {
	snapshot := func() *Snapshot {
		return &Snapshot{Rows: []Row{{Signals: map[string]backends.Signals{"A": backends.NoSignals()}}}}
	}
	if !equalSnapshots(snapshot(), snapshot()) {
		t.Error("missing signals differ from missing signals")
	}
}

// many makes a listing of n deployments with two variants of two replicas.
func many(n int, requests uint64) []backends.Deployment {
	deployments := make([]backends.Deployment, n)
	for i := range deployments {
		variant := func(name string) backends.Variant {
			return backends.Variant{Name: name, Version: "1.0.0", Weight: 50, Desired: 2, Ready: 2, Requests: requests, Counted: true,
				Replicas: []backends.Replica{{Name: name + "1", State: backends.OK}, {Name: name + "2", State: backends.OK}}}
		}
		deployments[i] = backends.Deployment{Name: fmt.Sprintf("deployment-%04d", i), State: backends.OK,
			Variants: []backends.Variant{variant("A"), variant("B")}}
	}
	return deployments
}

func manySignals(n int) map[string]map[string]backends.Signals {
	all := make(map[string]map[string]backends.Signals, n)
	for i := range n {
		s := backends.NoSignals()
		s.RPS, s.P95, s.ErrorRatio = 50, .05, .001
		all[fmt.Sprintf("deployment-%04d", i)] = map[string]backends.Signals{"": s, "A": s, "B": s}
	}
	return all
}

// BenchmarkJoin is the cost of one snapshot of 1,000 deployments, the share
// that each reading and each comparison has in it apart.
func BenchmarkJoin(b *testing.B) {
	const n = 1000
	f := New(Options{Backend: calm(), Metrics: calm()})
	f.inputs.signals = manySignals(n)
	at := time.Unix(1000, 0)
	f.take(many(n, 1), at)
	b.Run("listing", func(b *testing.B) {
		b.ReportAllocs()
		requests, now := uint64(1), at
		for b.Loop() {
			b.StopTimer()
			requests, now = requests+10, now.Add(time.Second)
			listing := many(n, requests)
			b.StartTimer()
			f.take(listing, now)
		}
	})
	b.Run("join", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			f.join(at)
		}
	})
	b.Run("compare", func(b *testing.B) {
		f.take(many(n, 1), at)
		one := f.join(at)
		f.take(many(n, 1), at)
		other := f.join(at)
		one.Rows[0].Observed, other.Rows[0].Observed = nil, nil
		b.ReportAllocs()
		for b.Loop() {
			if !equalSnapshots(one, other) {
				b.Fatal("not equal")
			}
		}
	})
	b.Run("filter", func(b *testing.B) {
		s := f.join(at)
		filter, err := ParseFilter("!status:fail p95<100ms deployment-09")
		if err != nil {
			b.Fatal(err)
		}
		for b.Loop() {
			for _, r := range s.Rows {
				filter.Match(r)
			}
		}
	})
}
