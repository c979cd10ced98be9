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
	environment := map[string]string{}
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
				secretVariable(r, line, "ENV", e.Key, e.Value != "")
			}
		case *instructions.ArgCommand:
			for _, a := range c.Args {
				secretVariable(r, line, "ARG", a.Key, true)
			}
		case *instructions.RunCommand:
			ran(r, line, strings.Join(c.CmdLine, " "), cached(c), environment)
		case *instructions.CmdCommand:
			shellForm(r, line, "CMD", c.PrependShell)
		case *instructions.EntrypointCommand:
			shellForm(r, line, "ENTRYPOINT", c.PrependShell)
		case *instructions.ExposeCommand:
			for _, p := range c.Ports {
				if port, _, _ := strings.Cut(p, "/"); port == "22" {
					r.add("docker/ssh", line, "port 22 is exposed")
				}
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

func copied(r *report, line int, c *instructions.CopyCommand, names map[string]bool, n int) {
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
		if from == "." || from == "./" {
			r.add("docker/copy-all", line, "COPY "+from+" takes everything that lies there")
		}
	}
}

func isNumber(s string) bool {
	_, err := strconv.Atoi(s)
	return err == nil
}

func shellForm(r *report, line int, what string, shell bool) {
	if shell {
		r.add("docker/shell-form", line, what+" is run by a shell")
	}
}

func secretVariable(r *report, line int, what, name string, valued bool) {
	if valued && isSecret(name) {
		r.add("docker/secret", line, what+" "+name+" stays in the image")
	}
}

var (
	pipInstall = regexp.MustCompile(`\bpip3? install\b([^&|;]*)`)
	pipeShell  = regexp.MustCompile(`\b(curl|wget)\b[^&;]*\|\s*(sudo )?(ba|da|z)?sh\b`)
	sudo       = regexp.MustCompile(`(^|[;&|]\s*)sudo\b`)
	changeDir  = regexp.MustCompile(`^\s*cd\s+\S+\s*$`)
)

// cached are the directories of a RUN that stay out of the image.
func cached(c *instructions.RunCommand) string {
	list := ""
	if c.Expand(func(word string) (string, error) { return word, nil }) != nil { // mounts are read there
		return ""
	}
	for _, m := range instructions.GetMounts(c) {
		if m.Type == instructions.MountTypeCache || m.Type == instructions.MountTypeTmpfs {
			list += " " + m.Target
		}
	}
	return list
}

// ran judges a command line.
func ran(r *report, line int, command, cached string, environment map[string]string) {
	kept := !strings.Contains(cached, "cache") && !strings.Contains(cached, "pip") && environment["PIP_NO_CACHE_DIR"] == ""
	for _, m := range pipInstall.FindAllStringSubmatch(command, -1) {
		pip(r, line, m[1], kept)
	}
	switch {
	case pipeShell.MatchString(command):
		r.add("docker/pipe-shell", line, "what is fetched is run at once")
	case sudo.MatchString(command):
		r.add("docker/sudo", line, "sudo is used")
	case changeDir.MatchString(command):
		r.add("docker/workdir", line, "cd is forgotten after this line")
	}
	update, install := strings.Contains(command, "apt-get update"), strings.Contains(command, "apt-get install")
	switch {
	case update && !install, install && !update:
		r.add("docker/apt-update", line, "apt-get update and install stand in lines of their own")
	case install && !strings.Contains(command+cached, "/var/lib/apt"):
		r.add("docker/apt-lists", line, "the package lists stay in the image")
	}
}

// pip judges the arguments of pip install.
func pip(r *report, line int, args string, kept bool) {
	loose := ""
	fields := strings.Fields(args)
	for i := 0; i < len(fields); i++ {
		switch f := strings.Trim(fields[i], `"'`); {
		case f == "-r" || f == "--requirement" || f == "-c" || f == "-i" || f == "--index-url" || f == "-t" || f == "--target" || f == "--prefix":
			i++
		case strings.HasPrefix(f, "-"), strings.HasPrefix(f, "."), strings.HasPrefix(f, "/"), strings.HasSuffix(f, ".whl"):
		case !strings.Contains(f, "=="):
			loose = f
		}
	}
	if loose != "" {
		r.add("docker/pip-loose", line, "pip installs any version of "+loose)
	}
	if kept && !strings.Contains(args, "--no-cache-dir") {
		r.add("docker/pip-cache", line, "pip keeps its cache in the image")
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
			healthy = true
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
