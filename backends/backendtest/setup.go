package backendtest

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"pitwall/backends"
)

// setup checks what a backend tells of how a deployment is set up.
func (s *suite) setup(t *testing.T) {
	c, ok := s.Backend.(backends.Configurer)
	if !ok {
		t.Skip("the backend has no Configurer")
	}
	if _, err := c.Setup(t.Context(), "no-such"); !isNotFound(err) {
		t.Errorf("the setup of an unknown deployment: %v", err)
	}
	got, err := c.Setup(t.Context(), s.Deployment)
	if err != nil {
		t.Fatal(err)
	}
	lookedUp(t, "the balancer", got.Balancer)
	var have, want []string
	for _, v := range s.read(t).Variants {
		want = append(want, v.Name)
		if mine, ok := got.Variant(v.Name); ok {
			checkVariant(t, mine, v)
		}
	}
	for _, v := range got.Variants {
		have = append(have, v.Variant)
	}
	if !slices.Equal(have, want) {
		t.Errorf("there are setups of %v, the listing has %v", have, want)
	}
	s.checkSecret(t, got)
	s.eventually(t, "the balancer sends to every ready replica", func() bool { return s.balances(t, c) })
}

// checkSecret checks that the name of the planted variable is told, and not its
// value.
func (s *suite) checkSecret(t *testing.T, got backends.Setup) {
	t.Helper()
	name, value, planted := strings.Cut(s.Secret, "=")
	if !planted {
		return
	}
	text := fmt.Sprintf("%+v", got)
	if strings.Contains(text, value) {
		t.Errorf("the value of %s is told: %s", name, text)
	}
	if !strings.Contains(text, name) {
		t.Errorf("%s is not among the variables: %s", name, text)
	}
}

// checkEarlier checks that the revision which a variant ran before can be had,
// where the backend knows.
func (s *suite) checkEarlier(t *testing.T, now, before backends.Variant) {
	t.Helper()
	c, ok := s.Backend.(backends.Configurer)
	if !ok {
		return
	}
	setup, err := c.Setup(t.Context(), s.Deployment)
	if err != nil {
		t.Fatal(err)
	}
	got, _ := setup.Variant(now.Name)
	checkVariant(t, got, now)
	there := func(e backends.EarlierImage) bool { return e.Revision == before.Revision && e.There != s.Imageless }
	if got.Earlier.Err == nil && got.Earlier.None == "" && !slices.ContainsFunc(got.Earlier.Value, there) {
		t.Errorf("before revision %d of %s there was %d, and what is told is %+v", now.Revision, now.Name, before.Revision, got.Earlier)
	}
}

// lookedUp checks that a fact is known, or tells why it is not.
func lookedUp[T any](t *testing.T, what string, f backends.Fact[T]) {
	t.Helper()
	if f.From == "" && f.Err == nil && f.None == "" {
		t.Errorf("%s: nobody looked it up", what)
	}
	if f.Err != nil && f.None != "" {
		t.Errorf("%s: it is not known (%v) and not to be asked (%s)", what, f.Err, f.None)
	}
}

// checkVariant holds a variant's setup against the listing.
func checkVariant(t *testing.T, got backends.VariantSetup, listed backends.Variant) {
	t.Helper()
	of := func(what string) string { return what + " of " + got.Variant }
	lookedUp(t, of("the containers"), got.Containers)
	lookedUp(t, of("the replacing"), got.Replacing)
	lookedUp(t, of("the autoscaler"), got.Autoscaler)
	lookedUp(t, of("the earlier revisions"), got.Earlier)
	lookedUp(t, of("the model's size"), got.ModelBytes)
	lookedUp(t, of("the logging"), got.Logging)
	if got.ModelBytes.Err == nil && got.ModelBytes.None == "" && got.ModelBytes.Value <= 0 {
		t.Errorf("the model of %s has %d bytes", got.Variant, got.ModelBytes.Value)
	}
	for _, e := range got.Earlier.Value {
		if e.Revision >= listed.Revision {
			t.Errorf("%s runs revision %d, and %d is said to be before it", got.Variant, listed.Revision, e.Revision)
		}
	}
	if got.Containers.Err != nil || got.Containers.None != "" {
		return
	}
	list := got.Containers.Value
	if len(list) == 0 || list[0].Role != backends.RoleServer {
		t.Fatalf("the first container of %s is no server: %+v", got.Variant, list)
	}
	if server := list[0]; listed.Digest != "" && server.Digest != listed.Digest && server.ImageID != listed.Digest {
		t.Errorf("the server of %s runs %s (%s), the listing says %s", got.Variant, server.Digest, server.ImageID, listed.Digest)
	}
	for _, c := range list {
		lookedUp(t, of("the user of "+c.Name), c.User)
		if !slices.IsSortedFunc(c.Env, func(a, b backends.EnvVar) int { return strings.Compare(a.Name, b.Name) }) {
			t.Errorf("the variables of %s are not in order: %+v", c.Name, c.Env)
		}
		for _, v := range c.Env {
			if v.Name == "" || v.From == "" || strings.Contains(v.Name, "=") {
				t.Errorf("%s has the variable %+v", c.Name, v)
			}
		}
	}
}

// balances reports whether the balancer, where it is known, sends to every
// replica that is ready.
func (s *suite) balances(t *testing.T, c backends.Configurer) bool {
	t.Helper()
	got, err := c.Setup(t.Context(), s.Deployment)
	if err != nil {
		t.Fatal(err)
	}
	if got.Balancer.Err != nil || got.Balancer.None != "" {
		return true
	}
	for _, v := range s.read(t).Variants {
		ready := 0
		for _, e := range got.Balancer.Value.Endpoints {
			if e.Variant == v.Name && e.Ready {
				ready++
			}
		}
		if ready != v.Ready {
			return false
		}
	}
	return true
}
