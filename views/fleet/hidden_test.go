package fleet

import (
	"strings"
	"testing"

	"github.com/charmbracelet/x/ansi"

	"pitwall/backends"
	"pitwall/views/viewtest"
)

// unseen is a backend that does not list everything.
type unseen backends.Hidden

func (u unseen) Hidden() backends.Hidden { return backends.Hidden(u) }

// beside is the screen over a backend that hides two workloads.
func beside() *Screen {
	d := viewtest.Deps(viewtest.Fleet())
	d.Hidden = unseen{Names: []string{"ledger", "shop\x1b[2J"}, Why: "they do not look like model servers", Next: "The label com.pitwall.deployment shows one"}
	return New(d)
}

func TestGoldenWithHidden(t *testing.T) {
	viewtest.Golden(t, beside(), viewtest.Fleet())
}

// TestWhatIsNotListedIsTold: nobody has to wonder where a deployment is.
func TestWhatIsNotListedIsTold(t *testing.T) {
	const all = "2 other workloads are not shown: they do not look like model servers. The label com.pitwall.deployment shows one."
	text := func(s *Screen, width, height int) string {
		return strings.Join(strings.Fields(ansi.Strip(strings.Join(s.View(viewtest.Frame(width, height)), " "))), " ")
	}
	if got := text(beside(), 120, 40); !strings.Contains(got, "+2 not shown") || !strings.Contains(got, all) {
		t.Errorf("with room it is not told:\n%s", got)
	}
	if got := text(beside(), 100, 10); !strings.Contains(got, "+2 not shown") {
		t.Errorf("without room it is not told:\n%s", got)
	}
	s := beside()
	s.filter.set("ledger")
	s.arrange(true)
	if got := text(s, 120, 30); !strings.Contains(got, "ledger is there: "+all) {
		t.Errorf("who looks for one is not told:\n%s", got)
	}
	if got := text(New(viewtest.Deps(viewtest.Fleet())), 120, 40); strings.Contains(got, "not shown") {
		t.Errorf("nothing is hidden, and it says\n%s", got)
	}
}
