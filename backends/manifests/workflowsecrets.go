package manifests

import (
	"regexp"
	"strings"

	"go.yaml.in/yaml/v3"

	"pitwall/backends"
)

var (
	secretInRun   = regexp.MustCompile(`\$\{\{[^}]*\bsecrets(\.|\[)`)
	secretPrinted = regexp.MustCompile(`\b(echo|printf|cat)\b[^|>]*\$\{\{[^}]*\bsecrets(\.|\[)[^|>]*$`)
	loginPassword = regexp.MustCompile(`\b(docker|podman|nerdctl|helm registry|oras|crane auth|skopeo)\s+login\b[^|;&]*\s(-p|--password)[ =]`)
)

// jobRights judges who gets which rights and secrets.
func jobRights(r *report, job *yaml.Node) {
	rights(r, child(job, "permissions"))
	if s := child(job, "secrets"); s != nil && s.Value == "inherit" {
		r.add("workflow/inherit", s.Line, "every secret is handed over")
	}
	jobImage(r, child(job, "container"))
	if list := child(job, "services"); list != nil && list.Kind == yaml.MappingNode {
		for i := 1; i < len(list.Content); i += 2 {
			jobImage(r, list.Content[i])
		}
	}
}

func rights(r *report, n *yaml.Node) {
	if n != nil && n.Value == "write-all" {
		r.add("workflow/write-all", n.Line, "every right is given")
	}
}

// jobImage judges the image that a job or a service of it runs in.
func jobImage(r *report, n *yaml.Node) {
	if image := child(n, "image"); image != nil {
		n = image
	}
	if n == nil || n.Kind != yaml.ScalarNode || n.Value == "" || strings.ContainsAny(n.Value, "$@") {
		return
	}
	if _, tag, _ := backends.SplitImage(n.Value); tag == "" || tag == "latest" {
		r.add("workflow/image-latest", n.Line, n.Value+" names no version")
	}
}

// stepImage judges a step that is an image.
func stepImage(r *report, uses *yaml.Node) {
	if image, ok := strings.CutPrefix(uses.Value, "docker://"); ok && !strings.Contains(image, "@sha256:") {
		r.add("workflow/pin", uses.Line, image+" can be moved")
	}
}

// script judges the lines of a run: what becomes of secrets, and who else runs.
func script(r *report, run *yaml.Node) {
	first := run.Line
	if run.Style&(yaml.LiteralStyle|yaml.FoldedStyle) != 0 {
		first++
	}
	text := strings.ReplaceAll(run.Value, "\\\n", "  ") // a continued line is one
	for i, line := range strings.Split(text, "\n") {
		if strings.HasPrefix(strings.TrimSpace(line), "#") {
			continue
		}
		switch {
		case secretPrinted.MatchString(line):
			r.add("workflow/secret-echo", first+i, "a secret is printed")
		case secretInRun.MatchString(line):
			r.add("workflow/secret-run", first+i, "a secret stands in the script")
		}
		if loginPassword.MatchString(line) {
			r.add("workflow/login-password", first+i, "the password is an argument")
		}
		if pipeShell.MatchString(line) {
			r.add("workflow/pipe-shell", first+i, "what is fetched is run at once")
		}
	}
}
