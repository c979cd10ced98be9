// Package setup puts the inspection of a replica's container into the words of
// the checklist. It is pure, and hands on no value of a variable.
package setup

import (
	"cmp"
	"fmt"
	"path"
	"slices"
	"strings"
	"time"

	"pitwall/backends"
	"pitwall/backends/docker/engine"
	"pitwall/backends/docker/world"
	"pitwall/backends/internal/mask"
)

// Container tells how a replica is set up. image is the one that it was made
// from, the zero Image where the engine has that no longer. asked says that
// pitwall asks the readiness path itself; otherwise it goes by the health check.
// A named user is one of unknown UID.
func Container(m world.Member, image engine.Image, asked bool) backends.Container {
	c := m.Container
	out := backends.NoLimits(c.Name, backends.RoleServer)
	out.Image, out.ImageID, out.Digest = c.Image, c.ImageID, cmp.Or(Digest(image, c.Image), c.ImageID)
	if c.CPULimit > 0 {
		out.CPULimit = c.CPULimit
	}
	if c.MemoryLimit > 0 {
		out.MemoryLimit = float64(c.MemoryLimit)
	}
	if c.MemoryReservation > 0 {
		out.MemoryRequest = float64(c.MemoryReservation)
	}
	out.Env = variables(c.Env, image.Env)
	out.User = user(c, image)
	out.Liveness = healthCheck(c.HealthCheck)
	out.Readiness = out.Liveness
	if asked {
		out.Readiness = fmt.Sprintf("GET :%d%s", m.Port, m.Ready)
	}
	return out
}

// Inspected is what the engine was asked for about a container.
func Inspected(name string) string { return "GET /containers/" + name + "/json" }

// Digest is an image's digest in a registry, preferably in that of a reference,
// else its ID.
func Digest(image engine.Image, reference string) string {
	found := image.ID
	for i, known := range image.Digests {
		repository, digest, _ := strings.Cut(known, "@")
		if i == 0 || repository == world.Repository(reference) {
			found = digest
		}
	}
	return found
}

// secretsDir is where Docker and Compose put the files of secrets.
const secretsDir = "/run/secrets"

// variables tell where each variable of a container comes from: what stands in
// its image as it is in the container is the image's.
func variables(container, image []string) []backends.EnvVar {
	out := make([]backends.EnvVar, 0, len(container))
	for _, entry := range container {
		name, value, _ := strings.Cut(entry, "=")
		v := backends.EnvVar{Name: name, From: "literal", Literal: true}
		switch {
		case strings.HasPrefix(path.Clean(value), secretsDir+"/"):
			v.From, v.Literal = "file", false
		case slices.Contains(image, entry):
			v.From = "image"
		}
		out = append(out, v)
	}
	slices.SortStableFunc(out, func(a, b backends.EnvVar) int { return strings.Compare(a.Name, b.Name) })
	return out
}

// defaultInterval is the engine's, of a health check that names none.
const defaultInterval = 30 * time.Second

// healthCheck says what the engine runs, "" when it runs nothing. What looks
// like a secret among the arguments is masked.
func healthCheck(h *engine.HealthCheck) string {
	if h == nil || len(h.Test) == 0 || h.Test[0] == "NONE" {
		return ""
	}
	return fmt.Sprintf("%s every %v", strings.Join(mask.Args(h.Test), " "), cmp.Or(h.Interval, defaultInterval))
}
