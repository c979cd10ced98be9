package world

import (
	"cmp"
	"fmt"
	"path"
	"slices"
	"strings"
)

// The kinds of front doors, as package frontdoor spells them.
const (
	doorNGINX   = "nginx"
	doorHAProxy = "haproxy"
	doorGateway = "gateway"
)

// door finds the front door: a container that says so, else the one of the
// project whose command is that of one.
func (d *Deployment) door(k key, own, all []fact) {
	found := doors(own, func(f fact) bool { return f.role == RoleDoor })
	if found == nil && k.scope != "" {
		inside := func(f fact) bool { return f.deployment == "" && f.scope() == k.scope }
		found = doors(all, func(f fact) bool { return inside(f) && f.role == RoleDoor })
		if found == nil {
			found = doors(all, func(f fact) bool { return inside(f) && f.role == "" && runs(f.Command) != "" })
			found = nearest(found, k.name)
		}
	}
	if len(found) > 0 {
		d.Door = best(found)
		chosen := found[slices.IndexFunc(found, func(f fact) bool { return f.ID == d.Door.ID })]
		d.DoorEnd = chosen.end
		d.DoorKind = cmp.Or(chosen.label(LabelDoor), runs(chosen.Command))
	}
	if names := runningNames(found); len(names) > 1 {
		d.Notes = append(d.Notes, fmt.Sprintf("%d containers may be the front door: %s is taken, label the others", len(names), d.Door.Name))
	}
	switch {
	case d.Door == nil:
		d.Notes = append(d.Notes, "no front door was found: label one "+LabelRole+"="+RoleDoor)
	case d.DoorKind == "":
		d.Notes = append(d.Notes, fmt.Sprintf("the command of %s does not tell what kind of front door it is: label it %s", d.Door.Name, LabelDoor))
	}
}

func doors(all []fact, is func(fact) bool) []fact {
	var out []fact
	for _, f := range all {
		if is(f) {
			out = append(out, f)
		}
	}
	return out
}

// nearest keeps the front doors of the services that have the deployment's
// name in theirs, when there are any: a project may hold several deployments.
func nearest(found []fact, name string) []fact {
	named := doors(found, func(f fact) bool { return strings.Contains(f.service, name) })
	if named != nil {
		return named
	}
	return found
}

func runningNames(found []fact) []string {
	var names []string
	for _, f := range found {
		if f.Running() {
			names = append(names, f.Name)
		}
	}
	return names
}

// wrappers are commands that only start another one.
var wrappers = []string{"sh", "bash", "ash", "dash", "env", "exec", "tini", "dumb-init", "catatonit", "docker-init"}

// runs tells which kind of front door a command runs, "" for none.
func runs(command []string) string {
	words := unwrapped(command)
	if len(words) == 0 {
		return ""
	}
	switch path.Base(words[0]) {
	case "nginx", "nginx-debug", "openresty":
		return doorNGINX
	case "haproxy":
		return doorHAProxy
	case "pitwall":
		if len(words) > 1 && words[1] == "gateway" {
			return doorGateway
		}
	}
	return ""
}

// unwrapped is a command from the word on that does the work: without shells,
// entrypoint scripts, variables, and what sets the user.
func unwrapped(command []string) []string {
	for i := 0; i < len(command); i++ {
		word := command[i]
		base := path.Base(word)
		switch {
		case i > 0 && strings.HasPrefix(command[i-1], "-") && strings.HasSuffix(command[i-1], "c") && strings.ContainsAny(word, " \t\n"):
			return unwrapped(strings.Fields(word)) // of sh -c
		case slices.Contains(wrappers, base), strings.HasSuffix(base, "entrypoint.sh"):
		case strings.HasPrefix(word, "-"), strings.Contains(word, "=") && !strings.Contains(word, "/"):
		case base == "gosu" || base == "su-exec":
			i++ // the user
		default:
			return command[i:]
		}
	}
	return nil
}
