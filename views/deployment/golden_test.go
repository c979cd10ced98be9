package deployment

import (
	"errors"
	"testing"
	"time"

	data "pitwall/backends/fleet"
	"pitwall/backends/prometheus"
	"pitwall/views/viewtest"
)

func TestGolden(t *testing.T) {
	type scene struct {
		snapshot *data.Snapshot
		arrange  func(c *console)
	}
	for name, sc := range map[string]scene{
		"trouble": {viewtest.Fleet(), (*console).answer},
		"mean": {viewtest.MeanOnly(), func(c *console) {
			c.metrics.mean = true
			c.deps.Limits = prometheus.TorchServe()
			c.answer()
		}},
		"caveat": {viewtest.Fleet(), func(c *console) {
			c.deps.Limits = prometheus.VLLM()
			c.answer()
		}},
		"asking": {viewtest.Fleet(), func(*console) {}},
		"crosshair": {viewtest.Fleet(), func(c *console) {
			c.answer()
			c.press("v")
			c.press("H")
		}},
		"full": {viewtest.Fleet(), func(c *console) {
			c.answer()
			c.press("f")
		}},
		"replicas": {viewtest.Fleet(), func(c *console) {
			c.answer()
			c.focus = replicas
		}},
		"drift": {viewtest.Fleet(), func(c *console) {
			c.answer()
			c.focus = drift
		}},
		"alerts": {viewtest.Fleet(), func(c *console) {
			c.answer()
			c.focus = alerts
		}},
		"events": {viewtest.Fleet(), func(c *console) {
			c.answer()
			c.focus = events
		}},
		"past": {viewtest.Fleet(), func(c *console) {
			c.press("3")
			c.press("left")
			c.answer()
		}},
		"dead": {viewtest.Dead(), func(c *console) {
			c.now = viewtest.Ago(3 * time.Minute)
			c.answer()
			c.now = viewtest.Now
			c.metrics.err = errors.New("prometheus: no connection: \x1b[31mrefused")
			c.answer()
		}},
		"nostack": {viewtest.NoStack(), func(c *console) {
			c.metrics.empty = true
			c.answer()
		}},
	} {
		t.Run(name, func(t *testing.T) {
			c := open(t, sc.snapshot)
			sc.arrange(c)
			viewtest.Golden(t, c.Screen, sc.snapshot)
		})
	}
}
