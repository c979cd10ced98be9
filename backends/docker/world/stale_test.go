package world

import (
	"strings"
	"testing"

	"pitwall/backends/docker/engine"
)

func TestStale(t *testing.T) {
	on := func(name, address string, labels map[string]string) engine.Container {
		return with(running(name, labels), func(c *engine.Container) {
			c.Networks = map[string]string{"shop": address}
			c.Aliases = map[string][]string{"shop": {name + "-alias"}}
		})
	}
	door := on("nginx", "172.18.0.9", nil)
	elsewhere := with(on("far", "172.18.0.2", nil), func(c *engine.Container) { c.Networks = map[string]string{"other": "172.18.0.2"} })
	published := with(on("pub", "172.18.0.8", nil), func(c *engine.Container) {
		c.Ports = []engine.Port{{Container: 8080, Protocol: "tcp", Host: 18080}}
	})
	a1, b1 := on("a-1", "172.18.0.5", own("m", "A", 1, 1)), on("b-1", "172.18.0.2", own("m", "B", 1, 1))
	stopped := exited(on("a-2", "172.18.0.3", compose(2, "shop", "m-a", 2)), 0, at(1))
	all := []engine.Container{elsewhere, door, a1, b1, stopped, published}
	for name, test := range map[string]struct {
		member DoorMember
		want   string // a part of the finding, "" for none
	}{
		"its own":                       {DoorMember{Variant: "A", Name: "a-1", Host: "172.18.0.5", Port: 8080}, ""},
		"another's":                     {DoorMember{Variant: "A", Name: "a-1", Host: "172.18.0.2", Port: 8080}, "the requests of a-1 to 172.18.0.2:8080, where b-1 answers: it is at 172.18.0.5:8080"},
		"nobody's":                      {DoorMember{Variant: "A", Name: "a-1", Host: "172.18.0.77", Port: 8080}, "which nobody has: it is at 172.18.0.5:8080"},
		"of one that does not run":      {DoorMember{Variant: "A", Name: "a-2", Host: "172.18.0.3", Port: 8080}, "the requests of a-2 to 172.18.0.3:8080, which nobody has"},
		"of one that is gone":           {DoorMember{Variant: "A", Name: "a-9", Host: "172.18.0.77", Port: 8080}, "which nobody has"},
		"unnamed, of the other variant": {DoorMember{Variant: "A", Name: "", Host: "172.18.0.2", Port: 8080}, "a member of A to 172.18.0.2:8080, where b-1 answers"},
		"unnamed, of its variant":       {DoorMember{Variant: "B", Name: "s1", Host: "172.18.0.2", Port: 8080}, ""},
		"unnamed, variant not known":    {DoorMember{Variant: "", Name: "", Host: "172.18.0.2", Port: 8080}, ""},
		"a name":                        {DoorMember{Variant: "A", Name: "a-1", Host: "a-1", Port: 8080}, ""},
		"an alias":                      {DoorMember{Variant: "A", Name: "", Host: "a-1-alias", Port: 8080}, ""},
		"an alias of one that is down":  {DoorMember{Variant: "A", Name: "", Host: "a-2-alias", Port: 8080}, "to a-2-alias:8080, which nobody has"},
		"a service that is down":        {DoorMember{Variant: "A", Name: "", Host: "m-a", Port: 8080}, "to m-a:8080, which nobody has"},
		"a name of the world outside":   {DoorMember{Variant: "A", Name: "", Host: "models.example", Port: 443}, ""},
		"published":                     {DoorMember{Variant: "A", Name: "pub", Host: "127.0.0.1", Port: 18080}, ""},
		"published by another one":      {DoorMember{Variant: "A", Name: "a-1", Host: "127.0.0.1", Port: 18080}, "where pub answers"},
		"of one that is gone, taken by its variant's": {DoorMember{Variant: "A", Name: "a-9", Host: "172.18.0.5", Port: 8080, Own: []string{a1.ID}}, ""},
		"of one that is gone, taken by another":       {DoorMember{Variant: "A", Name: "a-9", Host: "172.18.0.8", Port: 8080, Own: []string{a1.ID}}, "where pub answers"},
		"a process on the machine":                    {DoorMember{Variant: "A", Name: "", Host: "127.0.0.1", Port: 4001}, ""},
	} {
		got := Stale(door, []DoorMember{test.member}, all)
		switch {
		case test.want == "" && got != nil:
			t.Errorf("%s: %s", name, got[0])
		case test.want != "" && (len(got) != 1 || !strings.HasSuffix(got[0].String(), test.want)):
			t.Errorf("%s: %v, want %s", name, got, test.want)
		}
	}
	if f := Stale(engine.Container{}, []DoorMember{{Variant: "A", Name: "a-1", Host: "172.18.0.2", Port: 80}}, all); len(f) != 1 || f[0].Holder != "far" {
		t.Errorf("a front door on no network sees all: %v", f)
	}
}
