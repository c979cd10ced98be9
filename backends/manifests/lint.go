package manifests

import (
	"bytes"
	"fmt"
	"io/fs"
	"path"
	"regexp"
	"strings"
)

// Kind is what a file is.
type Kind string

// The kinds of files that are judged.
const (
	Dockerfile Kind = "docker"
	Compose    Kind = "compose"
	Nginx      Kind = "nginx"
	Kubernetes Kind = "k8s"
	Prometheus Kind = "prometheus"
	Workflow   Kind = "workflow"
	Other      Kind = ""
)

var (
	composeName = regexp.MustCompile(`^(docker-)?(compose|stack)([.-][A-Za-z0-9_-]+)*\.ya?ml$`)
	dockerName  = regexp.MustCompile(`^(Dockerfile|Containerfile)(\..+)?$|\.(Dockerfile|dockerfile|Containerfile)$`)
	groupsKey   = regexp.MustCompile(`(?m)^groups:`)
	objectKeys  = regexp.MustCompile(`(?m)^apiVersion:`)
	nginxBlock  = regexp.MustCompile(`(?m)^\s*(http|server|stream|upstream\s+\S+|split_clients\s+.*|map\s+\S+\s+\$\S+|location\s+.*)\s*\{`)
	nginxName   = regexp.MustCompile(`(^|/)(nginx\.conf|nginx/.+\.conf|conf\.d/.+\.conf|sites-(available|enabled)/[^/]+)$`)
	nginxOwn    = regexp.MustCompile(`(?m)^\s*(server_name|proxy_pass|proxy_set_header|proxy_read_timeout|limit_req_zone|ssl_certificate|worker_processes|gzip|upstream|location|listen)\s`)
	privateKey  = regexp.MustCompile(`-----BEGIN (?:[A-Z]+ )?PRIVATE KEY-----|\bAKIA[0-9A-Z]{16}\b|\bghp_[A-Za-z0-9]{36}\b|\bglpat-[A-Za-z0-9_-]{20}\b`)
)

// KindOf tells what a file is by its name, and where that does not tell by what
// stands in it.
func KindOf(name string, data []byte) Kind {
	base := path.Base(name)
	yes := strings.HasSuffix(base, ".yaml") || strings.HasSuffix(base, ".yml")
	switch {
	case dockerName.MatchString(base):
		return Dockerfile
	case composeName.MatchString(base):
		return Compose
	case yes && strings.Contains("/"+name, "/.github/workflows/"):
		return Workflow
	case yes && groupsKey.Match(data):
		return Prometheus
	case yes && objectKeys.Match(data):
		return Kubernetes
	case base == "nginx.conf", strings.HasSuffix(base, ".conf") && nginxBlock.Match(data), nginxName.MatchString(name) && (nginxBlock.Match(data) || nginxOwn.Match(data)):
		return Nginx
	}
	return Other
}

// Bounds of what is read.
const (
	mostFiles = 5000
	mostBytes = 1 << 20 // of a file
)

// Lint judges every file of a directory and what they have to do with each
// other. Files of no kind are looked through for secrets only. The error says
// that the directory itself could not be read.
func Lint(dir fs.FS) ([]Finding, error) {
	var found []Finding
	var all objects
	near, err := survey(dir)
	if err != nil {
		return nil, err
	}
	err = each(dir, func(name string, data []byte) {
		r := &report{file: name, near: near}
		all = append(all, file(r, data)...)
		found = append(found, r.found...)
	})
	if err != nil {
		return nil, err
	}
	return sorted(append(found, all.patched(near, all.findings())...)), nil
}

// each reads the files of a directory that may be judged.
func each(dir fs.FS, look func(name string, data []byte)) error {
	seen := 0
	err := fs.WalkDir(dir, ".", func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && skipped(d.Name()):
			return fs.SkipDir
		case !d.Type().IsRegular():
			return nil
		}
		if seen++; seen > mostFiles {
			return fmt.Errorf("there are more than %d files: name a smaller directory", mostFiles)
		}
		info, err := d.Info()
		if err != nil || info.Size() > mostBytes {
			return nil // none of these files is that large
		}
		data, err := fs.ReadFile(dir, name)
		if err != nil {
			return err
		}
		look(name, data)
		return nil
	})
	if err != nil {
		return fmt.Errorf("read the directory: %w", err)
	}
	return nil
}

func skipped(name string) bool {
	return name == ".git" || name == "node_modules" || name == "vendor" || name == ".venv" || name == "__pycache__"
}

// findings judges the objects; what is found is of their files.
func (all objects) findings() []Finding {
	before := map[*report]int{}
	for _, x := range all {
		if _, ok := before[x.report]; !ok {
			before[x.report] = len(x.report.found)
		}
	}
	all.judge()
	var found []Finding
	for r, n := range before {
		found = append(found, r.found[n:]...)
	}
	return found
}

// file judges one file, and returns the Kubernetes objects that it holds.
func file(r *report, data []byte) []document {
	for i, line := range bytes.Split(data, []byte("\n")) {
		if privateKey.Match(line) {
			r.add("any/secret", i+1, "it looks like a key")
		}
	}
	kind := KindOf(r.file, data)
	if kind != Other && r.near.template(r.file, data) {
		r.add("any/template", 1, "it is a template: what is made of it was not judged")
		return nil
	}
	switch kind {
	case Dockerfile:
		dockerfile(r, data)
	case Compose:
		composeFile(r, data)
	case Nginx:
		nginxFile(r, data)
	case Prometheus:
		ruleFile(r, data)
	case Workflow:
		workflow(r, data)
	case Kubernetes:
		return documents(r, data)
	}
	return nil
}
