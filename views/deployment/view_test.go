package deployment

import (
	"strings"
	"testing"
	"time"

	data "pitwall/backends/fleet"
	"pitwall/ui"
	"pitwall/views/viewtest"
)

func TestEveryWidthIsExact(t *testing.T) {
	hostile := viewtest.Hostile()
	name := hostile.Rows[0].Deployment.Name
	for what, s := range map[string]*data.Snapshot{"hostile": hostile, "trouble": viewtest.Fleet(), "none": viewtest.NoStack(), "dead": viewtest.Dead()} {
		c := open(t, s)
		if what == "hostile" {
			c.name = name
			c.take(s)
		}
		c.answer()
		for width := ui.MinWidth; width < 230; width += 3 {
			c.focus = stop(width) % stops
			c.full = width%5 == 0
			if width%4 == 0 {
				c.cross()
			}
			c.revision++
			f := c.frame(width, 18+width%45)
			viewtest.Check(t, c.View(f), f)
		}
		if t.Failed() {
			t.Fatal(what)
		}
	}
}

func TestScrollingStopsAtTheEnds(t *testing.T) {
	c := open(t, viewtest.Fleet())
	c.focus = replicas
	c.text(80, 18)
	for range 50 {
		c.press("j")
		c.text(80, 10)
	}
	if text := c.text(80, 10); !strings.Contains(text, "model-api-A-3") {
		t.Errorf("the end is not on screen:\n%s", text)
	}
	c.press("k")
	if before := c.scroll[replicas]; before != len(c.list(c.frame(80, 10), replicas, 80).lines)-5-1 {
		t.Errorf("one key must scroll back at once, scrolled to %d", before)
	}
}

func BenchmarkView(b *testing.B) {
	for _, change := range []string{"clock", "data", "crosshair", "nothing"} {
		b.Run(change, func(b *testing.B) {
			c := open(b, viewtest.Fleet())
			f := viewtest.Frame(200, 58)
			c.View(f)
			c.answer()
			c.cross()
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				switch change {
				case "clock":
					f.Now = f.Now.Add(time.Millisecond)
				case "data":
					c.revision++
					for p := range c.panels {
						c.panels[p].version++
					}
				case "crosshair":
					c.revision++
					c.axis.moveCross(1 - 2*(i%100/50))
				}
				if len(c.View(f)) != f.Height {
					b.Fatal("no frame")
				}
			}
		})
	}
}
