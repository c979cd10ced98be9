package probes

import (
	"context"
	"fmt"
	"math"
	"regexp"
	"slices"
	"strings"

	"pitwall/backends"
	"pitwall/checklist"
)

// imageIdentity: every container of the server runs the digest that the
// deployment names.
func (a *asker) imageIdentity(ctx context.Context) checklist.Finding {
	list, source, why := a.containers(ctx)
	if why != nil {
		return *why
	}
	server, ok := serverOf(list)
	switch {
	case server.Process != "":
		return notHere("%s", server.Process)
	case !ok || server.Digest == "":
		return from(unknown("the digest of what runs is not known"), source)
	case a.Subject.Digest != "" && server.Digest != a.Subject.Digest && server.ImageID != a.Subject.Digest:
		f := say(checklist.Fail, "%s runs, %s is wanted", checklist.Short(server.Digest), checklist.Short(a.Subject.Digest))
		f.Value, f.Threshold = server.Digest, a.Subject.Digest
		return next(from(f, source), "deploy it again by its digest", checklist.GoRollout)
	}
	f := from(say(checklist.Pass, "%s runs as %s", server.Image, checklist.Short(server.Digest)), source)
	f.Value = server.Digest
	return f
}

func serverOf(list []backends.Container) (backends.Container, bool) {
	i := slices.IndexFunc(list, func(c backends.Container) bool { return c.Role == backends.RoleServer })
	if i < 0 {
		return backends.Container{}, false
	}
	return list[i], true
}

// limits: memory has to be limited, everything else is advice.
func (a *asker) limits(ctx context.Context) checklist.Finding {
	list, source, why := a.containers(ctx)
	if why != nil {
		return *why
	}
	v := verdict{source: source}
	cluster := a.Deployment.Backend == "kubernetes"
	for _, c := range list {
		if c.Process != "" {
			return notHere("%s", c.Process)
		}
		if backends.Missing(c.MemoryLimit) {
			v.fail("%s has no memory limit", c.Name)
		}
		if backends.Missing(c.CPULimit) {
			v.warn("%s has no CPU limit", c.Name)
		}
		if cluster && backends.Missing(c.MemoryRequest) {
			v.fail("%s asks for no memory", c.Name)
		}
		if cluster && backends.Missing(c.CPURequest) {
			v.fail("%s asks for no CPU", c.Name)
		}
		if !backends.Missing(c.MemoryLimit) {
			v.ok("%s: %s", c.Name, amounts(c))
		}
	}
	return next(v.finding(), "set limits, and deploy again", "")
}

func amounts(c backends.Container) string {
	text := "memory limit " + size(c.MemoryLimit)
	if !backends.Missing(c.CPULimit) {
		text += fmt.Sprintf(", CPU limit %.4g", c.CPULimit)
	}
	return text
}

// size is a number of bytes in decimal units, as disks and registries count.
func size(bytes float64) string {
	if math.IsNaN(bytes) {
		return "–"
	}
	for _, u := range []struct {
		name string
		of   float64
	}{{"GB", 1e9}, {"MB", 1e6}, {"kB", 1e3}} {
		if bytes >= u.of {
			return fmt.Sprintf("%.4g %s", bytes/u.of, u.name)
		}
	}
	return fmt.Sprintf("%.0f B", bytes)
}

// environment: the names that are declared are there, and everything that is
// referred to can be had.
func (a *asker) environment(ctx context.Context) checklist.Finding {
	list, source, why := a.containers(ctx)
	if why != nil {
		return *why
	}
	v, names, unseen := verdict{source: source}, map[string]bool{}, []string{}
	for _, c := range list {
		for _, e := range c.Env {
			if e.Broken != "" {
				v.fail("%s of %s: %s", e.Name, c.Name, e.Broken)
			}
			if e.Unseen != "" {
				unseen = append(unseen, fmt.Sprintf("%s of %s (%s): %s", e.Name, c.Name, e.From, e.Unseen))
			}
			if c.Role == backends.RoleServer {
				names[e.Name] = true
			}
		}
	}
	for _, name := range a.Settings.Env {
		switch {
		case names[name]:
		case len(unseen) > 0:
			unseen = append(unseen, name+" may be among them")
		default:
			v.fail("%s is not set", name)
		}
	}
	switch {
	case len(v.bad) > 0:
		return next(v.finding(), "set what is missing, and deploy again", "")
	case len(unseen) > 0:
		return next(from(unknown("%s", listed(unseen, "; ")), source), "look as somebody who may read which keys there are", "")
	case len(a.Settings.Env) == 0:
		return next(from(unknown("%d variables are set and can be had; which ones it needs is not declared", len(names)), source), "list them in the checklist's settings: env", "")
	}
	v.ok("all %d declared variables are set: %s", len(a.Settings.Env), listed(a.Settings.Env, ", "))
	return v.finding()
}

// secretName are names whose values are secrets, and notSecret those that only
// point at one.
var (
	secretName = regexp.MustCompile(`(?i)(^|_)(pass|pgpass|password|pgpassword|passwd|secret|token|credentials?|dsn|[a-z0-9]*_?(api|access|private|secret|signing|encryption|stripe|auth)_?key)(_|$)`)
	notSecret  = regexp.MustCompile(`(?i)_(file|path|dir|name|id|url|env|ttl|expiry|version)$`)
)

// secrets: no variable whose name says secret has its value written out.
func (a *asker) secrets(ctx context.Context) checklist.Finding {
	list, source, why := a.containers(ctx)
	if why != nil {
		return *why
	}
	v, kept := verdict{source: source}, 0
	for _, c := range list {
		for _, e := range c.Env {
			if !secretName.MatchString(e.Name) || notSecret.MatchString(e.Name) {
				if strings.HasPrefix(e.From, "secret ") || e.From == "file" {
					kept++
				}
				continue
			}
			if where := written(e); where != "" {
				v.fail("the value of %s of %s stands in %s", e.Name, c.Name, where)
				continue
			}
			if e.From == "environment" {
				v.warn("%s of %s is inherited from whoever started it", e.Name, c.Name)
				continue
			}
			kept++
		}
	}
	if kept > 0 {
		v.ok("%d values come from secrets or files", kept)
	}
	if len(v.bad)+len(v.good) == 0 {
		v.ok("no variable's name says that it is a secret")
	}
	return next(v.finding(), "take them from a secret, rotate what stood there, and deploy again", "")
}

// written is where the value of a variable can be read by whoever sees the
// deployment, "" for nowhere.
func written(e backends.EnvVar) string {
	switch {
	case strings.HasPrefix(e.From, "config map "):
		return "the " + e.From
	case !e.Literal:
		return ""
	case e.From == "image":
		return "the image"
	}
	return "the definition"
}

// user: nothing runs as root.
func (a *asker) user(ctx context.Context) checklist.Finding {
	list, source, why := a.containers(ctx)
	if why != nil {
		return *why
	}
	v, lacking := verdict{source: source}, ""
	for _, c := range list {
		u, why := fact(c.User)
		switch {
		case why != nil:
			lacking = fmt.Sprintf("%s: %s", c.Name, why.Text)
		case u.UID == 0:
			v.fail("%s runs as root (as the %s says)", c.Name, u.From)
		case u.UID < 0 && u.NotRoot:
			v.ok("%s is refused to run as root (as the %s says)", c.Name, u.From)
		case u.UID < 0 && u.Name == "":
			lacking = fmt.Sprintf("%s runs as the user of its image, which is not looked into", c.Name)
		case u.UID < 0:
			lacking = fmt.Sprintf("%s runs as %q, whose number the image keeps", c.Name, u.Name)
		default:
			v.ok("%s runs as user %d (as the %s says)", c.Name, u.UID, u.From)
		}
	}
	if lacking != "" && len(v.bad) == 0 {
		return from(unknown("%s", lacking), source)
	}
	return next(v.finding(), "name a user with USER in the Dockerfile, or with runAsUser", "")
}

// imagePinned: the image is named by its digest, or at least by a version.
func (a *asker) imagePinned(ctx context.Context) checklist.Finding {
	list, source, why := a.containers(ctx)
	if why != nil {
		return *why
	}
	v := verdict{source: source}
	for _, c := range list {
		if c.Process != "" {
			return notHere("%s", c.Process)
		}
		_, tag, digest := backends.SplitImage(c.Image)
		switch {
		case digest != "":
			v.ok("%s is pinned by its digest", c.Name)
		case c.Image == "" || strings.HasPrefix(c.Image, "sha256:"):
			v.ok("%s is started by the image's ID", c.Name)
		case tag == "" || tag == "latest":
			v.fail("%s is started from %s, which can be another image tomorrow", c.Name, c.Image)
		default:
			v.warn("%s is started from the tag %s, which can be moved", c.Name, tag)
		}
	}
	return next(v.finding(), "deploy by digest: pitwall deploy NAME --image …@sha256:…", checklist.GoRollout)
}

// usage: what is used stays below what may be used, and is known at all.
func (a *asker) usage(ctx context.Context) checklist.Finding {
	if a.Measurer == nil {
		return unknown("the %s backend does not measure what replicas use", a.Deployment.Backend)
	}
	used, err := a.Measurer.Usage(ctx, a.Deployment.Name)
	if err != nil {
		return unknown("measure what the replicas use: %s", err)
	}
	d, _ := a.Deployment.Variant(a.Subject.Variant)
	v, worst := verdict{source: "usage of the replicas now"}, math.NaN()
	for _, r := range d.Replicas {
		u, ok := used[r.Name]
		if !ok || backends.Missing(u.Memory) {
			continue
		}
		if backends.Missing(u.MemoryLimit) {
			v.warn("%s uses %s, and nothing limits it", r.Name, size(u.Memory))
			continue
		}
		part := u.Memory / u.MemoryLimit
		worst = math.Max(part, orZero(worst))
		if part > a.Settings.Usage {
			v.fail("%s uses %.0f %% of its memory limit (%s of %s)", r.Name, 100*part, size(u.Memory), size(u.MemoryLimit))
		}
	}
	if len(v.bad)+len(v.below) == 0 {
		if math.IsNaN(worst) {
			return unknown("what no replica of %s uses is known", a.Subject.Variant)
		}
		v.ok("at most %.0f %% of a memory limit is in use", 100*worst)
	}
	f := v.finding()
	f.Value, f.Threshold = fmt.Sprintf("%.2f", worst), fmt.Sprint(a.Settings.Usage)
	return next(f, "raise the limit, or find out what grows", checklist.GoDeployment)
}

func orZero(x float64) float64 {
	if math.IsNaN(x) {
		return 0
	}
	return x
}
