package pitgate

import (
	"path"
	"strings"
)

// invocation is how the gateway of a container was started, as far as talking
// to it needs.
type invocation struct {
	binary    string // path in the container
	admin     string // "" for the default
	tokenFile string
}

// readCommand finds the gateway in a container's command, which may have an
// init program before it. ok is false when there is none.
func readCommand(command []string) (in invocation, ok bool) {
	for i, word := range command {
		if word != "gateway" || i == 0 || !strings.HasPrefix(path.Base(command[i-1]), "pitwall") {
			continue
		}
		in.binary = command[i-1]
		in.admin = flagOf(command[i+1:], "admin-listen")
		in.tokenFile = flagOf(command[i+1:], "token-file")
		return in, true
	}
	return invocation{}, false
}

// flagOf gives the value of a flag in either spelling, the last one as the
// gateway itself takes it; "" when it is not there.
func flagOf(args []string, name string) string {
	value := ""
	for i, arg := range args {
		if v, found := strings.CutPrefix(arg, "--"+name+"="); found {
			value = v
		}
		if arg == "--"+name && i+1 < len(args) {
			value = args[i+1]
		}
	}
	return value
}

// state is the command that reads the state, with more arguments at its end.
func (in invocation) state(more ...string) []string {
	command := []string{in.binary, "gateway", "state", "--token-file", in.tokenFile}
	if in.admin != "" {
		command = append(command, "--admin", in.admin)
	}
	return append(command, more...)
}
