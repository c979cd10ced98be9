package split

import (
	"fmt"
	"strings"

	"pitwall/backends"
	"pitwall/backends/kubernetes/objects"
)

// conditionLamp reads conditions of an object's status: all of the types that
// are named have to hold for OK. An object whose controller has not seen the
// newest generation is in progress.
func conditionLamp(c *objects.Custom, types ...string) Lamp {
	if observed, told := number(c.Object, "status", "observedGeneration"); told && observed < c.Generation {
		return Lamp{backends.Progressing, "its controller has not seen the newest change yet"}
	}
	lamp := Lamp{backends.OK, "its controller has taken it"}
	for _, name := range types {
		one := Lamp{Text: "its controller does not say " + name}
		if condition := conditionOf(c, name); condition != nil {
			says := strings.Trim(text(condition, "reason")+": "+text(condition, "message"), ": ")
			switch text(condition, "status") {
			case "True":
				one = Lamp{backends.OK, lamp.Text}
			case "False":
				one = Lamp{backends.Fail, fmt.Sprintf("not %s: %s", name, says)}
			default:
				one = Lamp{backends.Progressing, fmt.Sprintf("not yet %s: %s", name, says)}
			}
		}
		if one.State.Severity() > lamp.State.Severity() {
			lamp = one
		}
	}
	return lamp
}

// conditionOf finds a condition of an object's status, nil when it is not there.
func conditionOf(c *objects.Custom, name string) any {
	for _, condition := range list(c.Object, "status", "conditions") {
		if text(condition, "type") == name {
			return condition
		}
	}
	return nil
}

// hostOf is the host of a URL, without its scheme and path.
func hostOf(url string) []string {
	_, rest, ok := strings.Cut(url, "://")
	if !ok {
		rest = url
	}
	host, _, _ := strings.Cut(rest, "/")
	if host == "" {
		return nil
	}
	return []string{host}
}
