package probes

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/moby/buildkit/frontend/dockerfile/instructions"
	"github.com/moby/buildkit/frontend/dockerfile/parser"

	"pitwall/backends"
	"pitwall/checklist"
)

// stages are those of the Dockerfile that the settings name.
func (a *asker) stages() ([]instructions.Stage, *checklist.Finding) {
	fail := func(f checklist.Finding) ([]instructions.Stage, *checklist.Finding) { return nil, &f }
	name := a.named(a.Settings.Dockerfile)
	if name == "" {
		return fail(next(unknown("no Dockerfile is named: the image alone does not tell"), "name it in the checklist's settings: dockerfile", ""))
	}
	text, why := a.file(name)
	if why != nil {
		return nil, why
	}
	stages, err := parse(text)
	if err != nil {
		return fail(next(from(say(checklist.Fail, "the Dockerfile cannot be parsed: %s", err), name), "mend it", ""))
	}
	return stages, nil
}

func parse(dockerfile string) ([]instructions.Stage, error) {
	tree, err := parser.Parse(strings.NewReader(dockerfile))
	if err != nil {
		return nil, err
	}
	stages, _, err := instructions.Parse(tree.AST, nil)
	if err == nil && len(stages) == 0 {
		err = errors.New("it has no stage")
	}
	return stages, err
}

// dockerfileStages: what builds stays out of what runs.
func (a *asker) dockerfileStages(context.Context) checklist.Finding {
	stages, why := a.stages()
	if why != nil {
		return *why
	}
	name, last := a.named(a.Settings.Dockerfile), stages[len(stages)-1]
	for _, c := range last.Commands {
		if copied, ok := c.(*instructions.CopyCommand); ok && copied.From != "" && len(stages) > 1 && ofStage(stages, copied.From) {
			return from(say(checklist.Pass, "%d stages, the last copies from %s (line %d)", len(stages), copied.From, copied.Location()[0].Start.Line), name)
		}
	}
	return next(from(say(checklist.Fail, "one stage builds and runs (line %d)", line(last)), name), "build in a stage of its own, and COPY --from it", "")
}

// ofStage reports whether a name is that of a stage, not of an image.
func ofStage(stages []instructions.Stage, name string) bool {
	for i, s := range stages {
		if strings.EqualFold(s.Name, name) || strconv.Itoa(i) == name {
			return true
		}
	}
	return false
}

func line(s instructions.Stage) int {
	if len(s.Location) == 0 {
		return 0
	}
	return s.Location[0].Start.Line
}

// dockerfilePinned: what the image is built from is named by digest, what is
// installed by version and hash.
func (a *asker) dockerfilePinned(context.Context) checklist.Finding {
	stages, why := a.stages()
	if why != nil {
		return *why
	}
	v, made := verdict{source: a.named(a.Settings.Dockerfile)}, map[string]bool{"scratch": true}
	for _, s := range stages {
		base := s.BaseName
		switch _, tag, _ := backends.SplitImage(base); {
		case made[strings.ToLower(base)]:
		case pinnedBase.MatchString(base):
			v.ok("%s is pinned by its digest", base)
		case strings.Contains(base, "@"):
			v.fail("line %d: FROM %s names no whole digest", line(s), base)
		case tag == "" || tag == "latest":
			v.fail("line %d: FROM %s can be another image tomorrow", line(s), base)
		default:
			v.warn("line %d: FROM %s: a tag can be moved", line(s), base)
		}
		made[strings.ToLower(s.Name)] = true
	}
	a.requirements(&v)
	return next(v.finding(), "pin bases by @sha256 and packages by == and hashes", "")
}

// pinnedBase is an image that is named by a whole digest.
var pinnedBase = regexp.MustCompile(`@sha256:[0-9a-f]{64}$`)

// requirement of Python without a version, or with one but without a hash.
var exact = regexp.MustCompile(`^[A-Za-z0-9._-]+(\[[^\]]*\])?\s*===?\s*[^,*]+$`)

func (a *asker) requirements(v *verdict) {
	name := a.named(a.Settings.Requirements)
	if name == "" {
		return
	}
	text, why := a.file(name)
	if why != nil {
		v.warn("%s", why.Text)
		return
	}
	loose, hashed, all := []string(nil), 0, 0
	for entry := range strings.SplitSeq(strings.ReplaceAll(text, "\\\n", " "), "\n") {
		entry, _, _ = strings.Cut(entry, "#")
		entry = strings.TrimSpace(entry)
		if option, _, _ := strings.Cut(entry, " "); slices.Contains([]string{"-r", "--requirement", "-e", "--editable"}, option) {
			loose = append(loose, entry)
			continue
		}
		if entry == "" || strings.HasPrefix(entry, "-") {
			continue
		}
		all++
		spec, _, _ := strings.Cut(entry, ";")
		spec, hashes, _ := strings.Cut(spec, "--hash")
		if !exact.MatchString(strings.TrimSpace(spec)) {
			loose = append(loose, strings.TrimSpace(spec))
		}
		if hashes != "" || strings.Contains(entry, "--hash") {
			hashed++
		}
	}
	switch {
	case all == 0 && len(loose) == 0:
		v.warn("%s names no package", name)
	case len(loose) > 0:
		v.fail("%s: not pinned: %s", name, listed(loose, ", "))
	case hashed < all:
		v.warn("%s: %d of %d packages have no hash", name, all-hashed, all)
	default:
		v.ok("%s: %d packages are pinned with hashes", name, all)
	}
}

// secretFile are names of files that hold secrets, secretText what stands in
// others.
var (
	secretFile = regexp.MustCompile(`(?i)(^|/)(\.env(\.[a-z]+)?|id_(rsa|dsa|ecdsa|ed25519)|.*\.(pem|p12|pfx|keystore|jks)|\.netrc|\.pypirc|credentials|kubeconfig|service-account.*\.json)$`)
	harmless   = regexp.MustCompile(`(?i)\.env\.(example|sample|template|dist)$`)
	secretText = regexp.MustCompile(`-----BEGIN (?:[A-Z]+ )?PRIVATE KEY-----|\bAKIA[0-9A-Z]{16}\b|\bghp_[A-Za-z0-9]{36}\b|\bglpat-[A-Za-z0-9_-]{20}\b|\bxox[bap]-[A-Za-z0-9-]{20,}|\bAIza[A-Za-z0-9_-]{35}\b|\bgithub_pat_[A-Za-z0-9_]{22,}|\bhf_[A-Za-z0-9]{30,}|\bsk-(?:proj-)?[A-Za-z0-9_-]{32,}|(?i:aws_secret_access_key)\s*[=:]\s*\S{20,}|\b[a-z][a-z0-9+]*://[^\s/:@]+:[^\s/@]+@`)
	skipped    = map[string]bool{".git": true, "node_modules": true, ".venv": true, "venv": true, "__pycache__": true}
)

// Bounds of the search: a repository can be large.
const (
	mostFiles = 20000
	mostBytes = 1 << 20 // of each file
)

// secretsCommitted looks through the sources that the settings name.
func (a *asker) secretsCommitted(ctx context.Context) checklist.Finding {
	root := path.Clean(a.named(a.Settings.Source))
	if a.Settings.Source == "" || a.Files == nil {
		return next(unknown("no directory with the sources is named"), "name it in the checklist's settings: source", "")
	}
	var hits []string
	seen, errMany := 0, errors.New("too many")
	err := fs.WalkDir(a.Files, root, func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case ctx.Err() != nil:
			return ctx.Err()
		case d.IsDir() && skipped[d.Name()]:
			return fs.SkipDir
		case !d.Type().IsRegular():
			return nil
		}
		if seen++; seen > mostFiles {
			return errMany
		}
		if what := a.holdsSecret(name); what != "" {
			hits = append(hits, name+" ("+what+")")
		}
		return nil
	})
	switch {
	case len(hits) > 0:
		return next(from(say(checklist.Fail, "%s", listed(hits, ", ")), root), "remove them from the history, and rotate what stood there", "")
	case errors.Is(err, errMany):
		return from(unknown("there are more than %d files", mostFiles), root)
	case err != nil:
		return from(unknown("look through the sources: %s", err), root)
	}
	if seen == 0 {
		return from(unknown("there are no files"), root)
	}
	return from(say(checklist.Pass, "none of %d files has the name or the look of a secret; the history was not looked at", seen), root)
}

// holdsSecret says what a file seems to hold, "" for nothing.
func (a *asker) holdsSecret(name string) string {
	if secretFile.MatchString(name) && !harmless.MatchString(name) {
		return "its name"
	}
	f, err := a.Files.Open(name)
	if err != nil {
		return ""
	}
	defer func() { _ = f.Close() }()
	data := make([]byte, mostBytes)
	n, _ := f.Read(data)
	if i := bytes.IndexByte(data[:n], 0); i >= 0 {
		return "" // binary
	}
	if at := secretText.FindIndex(data[:n]); at != nil {
		return fmt.Sprintf("line %d", 1+bytes.Count(data[:at[0]], []byte{'\n'}))
	}
	return ""
}
