package objects

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"k8s.io/apimachinery/pkg/types"
)

// What the index finds is what looking at every object finds.
func TestSpaceFindsAsAScanDoes(t *testing.T) {
	random := rand.New(rand.NewPCG(4, 7))
	labels := func(most int) map[string]string {
		out := map[string]string{}
		for range random.IntN(most + 1) {
			out[string("abc"[random.IntN(3)])] = string("xyz"[random.IntN(3)])
		}
		return out
	}
	for range 200 {
		s := &Space{}
		for i := range 20 {
			m := Meta{Name: fmt.Sprintf("o-%02d", i), UID: types.UID(fmt.Sprint(i)), Labels: labels(3)}
			s.Pods = append(s.Pods, &Pod{Meta: m})
			s.Workloads = append(s.Workloads, &Workload{Meta: m, Template: Template{Labels: labels(3)}})
			s.Services = append(s.Services, &Service{Meta: m, Selector: labels(2)})
			m.Owner.UID = types.UID(fmt.Sprint(random.IntN(5)))
			s.Sets = append(s.Sets, &Workload{Meta: m})
			s.Slices = append(s.Slices, &Slice{Meta: m, Service: fmt.Sprintf("o-%02d", random.IntN(5)), Endpoints: []Endpoint{{PodUID: m.UID}, {PodUID: "0"}}})
		}
		want := labels(3)
		same(t, "Chosen", s.Chosen(want), filter(s.Pods, func(p *Pod) bool { return Matches(want, p.Labels) }))
		same(t, "Making", s.Making(want), filter(s.Workloads, func(w *Workload) bool { return Matches(want, w.Template.Labels) }))
		same(t, "Choosing", s.Choosing(want), filter(s.Services, func(x *Service) bool { return Matches(x.Selector, want) }))
		same(t, "SetsOf", s.SetsOf("3"), filter(s.Sets, func(w *Workload) bool { return w.Owner.UID == "3" }))
		if s.Service("o-07") != s.Services[7] || s.Service("absent") != nil {
			t.Error("Service finds another one")
		}
		pods := map[types.UID]bool{}
		for _, slice := range s.Slices {
			if slice.Service == "o-02" {
				pods["0"], pods[slice.UID] = true, true
			}
		}
		if got := s.Endpoints("o-02"); len(got) != len(pods) {
			t.Errorf("Endpoints gives %d pods, there are %d", len(got), len(pods))
		}
	}
}

func filter[T any](list []T, keep func(T) bool) []T {
	return slices.DeleteFunc(slices.Clone(list), func(o T) bool { return !keep(o) })
}

func same[T comparable](t *testing.T, what string, got, want []T) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("%s gives %d, a scan %d", what, len(got), len(want))
	}
}
