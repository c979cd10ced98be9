package manifests

import (
	"bytes"
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"github.com/moby/buildkit/frontend/dockerfile/instructions"
	"github.com/moby/buildkit/frontend/dockerfile/parser"

	"pitwall/backends"
)

// dockerfile judges a Dockerfile.
func dockerfile(r *report, data []byte) {
	tree, err := parser.Parse(bytes.NewReader(data))
	if err != nil {
		r.add("any/unreadable", errorLine(err), err.Error())
		return
	}
	stages, args, err := instructions.Parse(tree.AST, nil)
	if err != nil {
		r.add("any/unreadable", errorLine(err), err.Error())
		return
	}
	for _, a := range args {
		for _, x := range a.Args {
			secretVariable(r, start(a.Location()), "ARG", x.Key, true)
		}
	}
	names := map[string]bool{}
	for i, s := range stages {
		base(r, s, names)
		repeated(r, s)
		stage(r, s, names, i)
		names[strings.ToLower(s.Name)] = true
		names[strconv.Itoa(i)] = true
	}
	lastStage(r, stages)
}

var lineInError = regexp.MustCompile(`line (\d+)`)

// errorLine is the line that an error names, 1 for none.
func errorLine(err error) int {
	if m := lineInError.FindStringSubmatch(err.Error()); m != nil {
		n, _ := strconv.Atoi(m[1])
		return n
	}
	return 1
}

func start(list []parser.Range) int {
	if len(list) == 0 {
		return 0
	}
	return list[0].Start.Line
}

// base judges what a stage begins with.
func base(r *report, s instructions.Stage, names map[string]bool) {
	name, line := s.BaseName, start(s.Location)
	if name == "scratch" || names[strings.ToLower(name)] || strings.Contains(name, "$") {
		return
	}
	switch _, tag, _ := backends.SplitImage(name); {
	case strings.Contains(name, "@sha256:"):
	case tag == "" || tag == "latest":
		r.add("docker/base-latest", line, "FROM "+name+" names no version")
	default:
		r.add("docker/base-tag", line, "FROM "+name+" has no digest")
	}
}

// stage judges every instruction.
func stage(r *report, s instructions.Stage, names map[string]bool, n int) {
	environment, placed := map[string]string{}, names[strings.ToLower(s.BaseName)]
	for _, c := range s.Commands {
		line := start(c.Location())
		switch c := c.(type) {
		case *instructions.AddCommand:
			added(r, line, c.SourcePaths)
		case *instructions.CopyCommand:
			copied(r, line, c, names, n)
		case *instructions.EnvCommand:
			for _, e := range c.Env {
				environment[e.Key] = e.Value
				secretVariable(r, line, "ENV", e.Key, holdsSecret(e.Key, e.Value))
			}
		case *instructions.ArgCommand:
			for _, a := range c.Args {
				secretVariable(r, line, "ARG", a.Key, true)
			}
		case *instructions.RunCommand:
			ran(r, line, strings.Join(c.CmdLine, " "), cached(c), environment)
		case *instructions.CmdCommand:
			shellForm(r, line, "CMD", c.ShellDependantCmdLine)
		case *instructions.EntrypointCommand:
			shellForm(r, line, "ENTRYPOINT", c.ShellDependantCmdLine)
		case *instructions.ExposeCommand:
			exposed(r, line, c.Ports)
		case *instructions.WorkdirCommand:
			placed = placed || strings.HasPrefix(c.Path, "/") || strings.HasPrefix(c.Path, "$") || windowsPath.MatchString(c.Path)
			if !placed {
				r.add("docker/relative", line, "WORKDIR "+c.Path+" is relative")
			}
		}
	}
}

func added(r *report, line int, sources []string) {
	for _, from := range sources {
		switch {
		case strings.HasPrefix(from, "http://"), strings.HasPrefix(from, "https://"), strings.HasPrefix(from, "git@"):
			r.add("docker/add-url", line, "ADD fetches "+from)
			return
		}
	}
	r.add("docker/add", line, "ADD of local files")
}

// secretFile are files that hold secrets, by the names that tools give them.
var secretFile = regexp.MustCompile(`(^|/)(\.env|\.env\.(local|prod|production|staging)|id_(rsa|dsa|ecdsa|ed25519)|\.ssh/?|\.aws/?|\.netrc|\.npmrc|\.pypirc|\.git-credentials|\.dockerconfigjson|\.htpasswd|kubeconfig|[^/]*key\.pem|[^/]*\.(key|p12|pfx|jks))$`)

func copied(r *report, line int, c *instructions.CopyCommand, names map[string]bool, n int) {
	if worldWritable.MatchString("chmod " + c.Chmod) {
		r.add("docker/world-writable", line, "everybody may write what is copied")
	}
	if c.From != "" {
		from := strings.ToLower(c.From)
		if number, err := strconv.Atoi(from); err == nil && number >= n {
			r.add("docker/stage-absent", line, "COPY --from="+c.From+" names no earlier stage")
		}
		if !names[from] && !strings.ContainsAny(from, "/:.$") && !isNumber(from) {
			r.add("docker/stage-absent", line, "COPY --from="+c.From+" names no earlier stage")
		}
		return
	}
	for _, from := range c.SourcePaths {
		if secretFile.MatchString(from) {
			r.add("docker/copy-secret", line, "COPY "+from+" puts a secret into the image")
		}
		if from == "." || from == "./" {
			r.add("docker/copy-all", line, "COPY "+from+" takes everything that lies there")
		}
	}
}

func isNumber(s string) bool {
	_, err := strconv.Atoi(s)
	return err == nil
}

var shells = regexp.MustCompile(`^(/usr)?(/bin/)?(ba|da|z|a)?sh$`)

// shellForm judges who becomes process 1. A shell that ends in exec does not stay.
func shellForm(r *report, line int, what string, c instructions.ShellDependantCmdLine) {
	list := c.CmdLine
	asked := len(list) > 2 && shells.MatchString(list[0]) && list[1] == "-c" && !strings.Contains(list[2], "exec ")
	if c.PrependShell || asked {
		r.add("docker/shell-form", line, what+" is run by a shell")
	}
}

var windowsPath = regexp.MustCompile(`^[A-Za-z]:`)

// exposed judges ports, of which some are ranges.
func exposed(r *report, line int, list []string) {
	for _, p := range list {
		port, _, _ := strings.Cut(p, "/")
		if port == "22" {
			r.add("docker/ssh", line, "port 22 is exposed")
		}
		for end := range strings.SplitSeq(port, "-") {
			if n, err := strconv.Atoi(end); err == nil && (n < 1 || n > 65535) {
				r.add("docker/port", line, "there is no port "+end)
			}
		}
	}
}

func secretVariable(r *report, line int, what, name string, valued bool) {
	if valued && isSecret(name) {
		r.add("docker/secret", line, what+" "+name+" stays in the image")
	}
}

// lastStage judges what runs.
func lastStage(r *report, stages []instructions.Stage) {
	if len(stages) == 0 {
		return
	}
	last := stages[len(stages)-1]
	line := start(last.Location)
	user, userLine, healthy := "", 0, false
	builds := false
	for _, c := range last.Commands {
		switch c := c.(type) {
		case *instructions.UserCommand:
			user, userLine = c.User, start(c.Location())
		case *instructions.HealthCheckCommand:
			healthy = c.Health == nil || len(c.Health.Test) == 0 || c.Health.Test[0] != "NONE"
			if c.Health != nil && len(c.Health.Test) > 0 && c.Health.Test[0] == "CMD-SHELL" && last.BaseName == "scratch" {
				r.add("docker/shell-form", start(c.Location()), "HEALTHCHECK is run by a shell, and scratch has none")
			}
		case *instructions.RunCommand:
			builds = true
		}
	}
	name, _, _ := strings.Cut(user, ":")
	switch {
	case user == "":
		r.add("docker/root", line, "the last stage names no USER")
	case name == "0" || name == "root":
		r.add("docker/root", userLine, fmt.Sprintf("USER %s is root", user))
	}
	if !healthy {
		r.add("docker/no-health", line, "the last stage has no HEALTHCHECK")
	}
	if len(stages) == 1 && builds {
		r.add("docker/one-stage", line, "one stage builds and runs")
	}
}
