package supervisor

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strings"

	"pitwall/backends"
	"pitwall/backends/desired"
	"pitwall/backends/local/control"
)

// setup tells how the processes of a deployment are set up.
func (s *Supervisor) setup(d *deployment) control.Setup {
	out := control.Setup{UID: os.Getuid(), Env: variables(os.Environ(), s.config.Env), Logs: s.dir.Path("logs"), Door: doorOf(d.gate.Status()),
		Readiness: fmt.Sprintf("GET /ready every %v", probeEvery),
		Liveness:  fmt.Sprintf("GET /ready every %v: after %d failures in a row another process takes its place", probeEvery, probeFailures),
		Startup:   fmt.Sprintf("GET /ready every %v for %v", probeFast, startTimeout),
		Replacing: backends.Replacing{Strategy: "front door", StartsFirst: true, Unavailable: "0", Gated: true, Drains: true, Grace: stopGrace, Deadline: startTimeout}}
	conf := d.config()
	for _, v := range conf.Variants {
		out.Variants = append(out.Variants, s.library.variant(conf, v))
	}
	return out
}

// variables are those that a process has, without their values: what it
// inherits from whoever started the stack, and what the stack adds.
func variables(inherited, added []string) []backends.EnvVar {
	found := make(map[string]backends.EnvVar)
	for _, entry := range inherited {
		name, _, _ := strings.Cut(entry, "=")
		found[name] = backends.EnvVar{Name: name, From: "environment"}
	}
	for _, entry := range added {
		name, _, _ := strings.Cut(entry, "=")
		found[name] = backends.EnvVar{Name: name, From: "literal", Literal: true}
	}
	delete(found, "") // Windows keeps the directories of its drives there
	out := make([]backends.EnvVar, 0, len(found))
	for _, v := range found {
		out = append(out, v)
	}
	slices.SortFunc(out, func(a, b backends.EnvVar) int { return cmp.Compare(a.Name, b.Name) })
	return out
}

// doorOf is a front door with the replicas that it knows. What stands in for
// those that a variant lacks is none.
func doorOf(gate gateStatus) control.Door {
	out := control.Door{Endpoints: []backends.Endpoint{}}
	if gate.addr != "" {
		out.Address = "http://" + gate.addr
	}
	if !gate.up || !gate.counted {
		out.Error = cmp.Or(gate.reason, "the front door does not answer now")
		return out
	}
	for _, v := range gate.state.Variants {
		for _, b := range v.Backends {
			if b.Name != noReplica {
				out.Endpoints = append(out.Endpoints, backends.Endpoint{Variant: v.Name, Name: b.Name, Address: b.Addr, Ready: b.Up && !b.Draining})
			}
		}
	}
	return out
}

// variant tells of the files of a variant: of the model that it serves, and of
// those that revisions before it served.
func (l library) variant(conf desired.Deployment, v desired.Variant) control.VariantSetup {
	model := conf.Revision(v.Revision).Model
	out := control.VariantSetup{Variant: v.Name, Digest: "sha256:" + model.SHA256, Model: control.File{Path: l.modelPath(model)}, Earlier: []backends.EarlierImage{}}
	if info, err := os.Stat(out.Model.Path); err != nil {
		out.Model.Error = err.Error()
	} else {
		out.Model.Bytes = info.Size()
	}
	for _, r := range slices.Backward(conf.Revisions) {
		if r.Variant != v.Name || r.Number >= v.Revision {
			continue
		}
		_, err := os.Stat(l.modelPath(r.Model))
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			out.EarlierError = err.Error()
			return out
		}
		out.Earlier = append(out.Earlier, backends.EarlierImage{Revision: r.Number, Image: r.Model.File, Digest: "sha256:" + r.Model.SHA256, There: err == nil})
	}
	return out
}
