package ui

import (
	"strings"
	"testing"
	"time"

	"github.com/charmbracelet/x/ansi"
)

// TestTheAgesOfTheSourcesStay: where the line is short the clock goes before
// them, and the outer places.
func TestTheAgesOfTheSourcesStay(t *testing.T) {
	status := StatusMsg{Context: "docker", Sources: []SourceStatus{
		{Name: "docker", State: "live", At: fixedNow().Add(-time.Second)}, {Name: "prometheus", State: "live", At: fixedNow().Add(-2 * time.Second)}}}
	m, err := New(t.Context(), Options{Now: fixedNow, Open: openFake, First: Place{Screen: "fleet"}, Status: status, NoColor: true})
	if err != nil {
		t.Fatal(err)
	}
	c := m.chrome()
	c.now, c.width = fixedNow(), 80
	for _, places := range [][]Place{
		{{Screen: "fleet"}, {Screen: "deployment", Name: "model-api"}, {Screen: "split", Name: "model-api"}},
		{{Screen: "fleet"}, {Screen: "deployment", Name: "fraud-scoring-service"}, {Screen: "rollout", Name: "fraud-scoring-service"}},
	} {
		c.places = places
		if got := ansi.Strip(c.header()); !strings.Contains(got, "docker ● 1s  prometheus ● 2s") || !strings.Contains(got, places[2].Screen) {
			t.Errorf("the header is %q", got)
		}
	}
	c.status.Sources[1] = SourceStatus{Name: "prometheus", State: "none"}
	c.places, c.width = c.places[:1], 120
	if got := ansi.Strip(c.header()); !strings.Contains(got, "prometheus ? none") && !strings.Contains(got, "prometheus – none") || strings.Contains(got, "✗") {
		t.Errorf("a source that there is not is shown as %q", got)
	}
}
