package manifests

import (
	"regexp"
	"strings"

	"github.com/moby/buildkit/frontend/dockerfile/instructions"
)

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
	update, install := aptUpdate.MatchString(command), aptInstall.MatchString(command)
	installs(r, line, command)
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

var (
	aptInstall    = regexp.MustCompile(`\bapt(?:-get)?\b([^&|;]*?)\binstall\b([^&|;]*)`)
	aptUpdate     = regexp.MustCompile(`\bapt(?:-get)?\b[^&|;]*?\supdate\b`)
	aptYes        = regexp.MustCompile(`(^|\s)(-[a-zA-Z]*y[a-zA-Z]*|-qq|--yes|--assume-yes|--force-yes)(\s|$)`)
	npmGlobal     = regexp.MustCompile(`\b(?:npm|pnpm)\s+(?:install|i|add)\b([^&|;]*)`)
	globally      = regexp.MustCompile(`(^|\s)(-g|--global)(\s|$)`)
	npmVersion    = regexp.MustCompile(`^(@[^/]+/)?[^@]+@[^@]`)
	apkAdd        = regexp.MustCompile(`\bapk\b[^&|;]*?\badd\b([^&|;]*)`)
	worldWritable = regexp.MustCompile(`\bchmod\s+(-[a-zA-Z]+\s+)*0?(777|776|766|666|o\+w|a\+w|a\+rwx|ugo\+rwx)\b`)
)

// installs judges other package managers, and rights.
func installs(r *report, line int, command string) {
	for _, m := range aptInstall.FindAllStringSubmatch(command, -1) {
		if !aptYes.MatchString(m[1]) && !aptYes.MatchString(m[2]) {
			r.add("docker/apt-yes", line, "apt-get install asks whether to go on")
		}
	}
	for _, m := range npmGlobal.FindAllStringSubmatch(command, -1) {
		for _, p := range strings.Fields(m[1]) {
			if globally.MatchString(m[1]) && !strings.ContainsAny(p[:1], "-./$") && !npmVersion.MatchString(p) {
				r.add("docker/npm-loose", line, "npm installs any version of "+p)
			}
		}
	}
	for _, m := range apkAdd.FindAllStringSubmatch(command, -1) {
		apk(r, line, strings.Fields(m[1]))
	}
	if worldWritable.MatchString(command) {
		r.add("docker/world-writable", line, "everybody may write")
	}
	if passwordInside(command) {
		r.add("docker/secret", line, "the password in the command stays in the image's history")
	}
}

func apk(r *report, line int, args []string) {
	for i := 0; i < len(args); i++ {
		switch p := args[i]; {
		case p == "-t" || p == "--virtual" || p == "-X" || p == "--repository" || p == "-p" || p == "--root":
			i++
		case strings.HasPrefix(p, "-"), strings.ContainsAny(p, "=~<>$/"):
		default:
			r.add("docker/apk-loose", line, "apk installs any version of "+p)
			return
		}
	}
}

// repeated reports instructions of a stage of which only the last counts.
func repeated(r *report, s instructions.Stage) {
	last := map[string]int{}
	for _, c := range s.Commands {
		switch name := strings.ToUpper(c.Name()); name {
		case "CMD", "ENTRYPOINT", "HEALTHCHECK":
			if line, ok := last[name]; ok {
				r.add("docker/twice", line, "another "+name+" follows, and this one does nothing")
			}
			last[name] = start(c.Location())
		}
	}
}
