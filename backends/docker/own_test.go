package docker_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"pitwall/backends"
	"pitwall/backends/docker"
	"pitwall/backends/docker/engine"
	"pitwall/backends/docker/internal/dockertest"
	"pitwall/backends/docker/world"
)

// TestDockerOwnImage rolls a team's own image, which exits at once on SIGTERM
// and is not ready at first,.
func TestDockerOwnImage(t *testing.T) {
	t.Parallel()
	p := open(t, "gateway")
	image := dockertest.ImageOf(t, p.engine, "FROM scratch\nCOPY server /server\nEXPOSE 8080\nENTRYPOINT [\"/server\"]\n"+
		"CMD [\"-now\",\"-delay\",\"1500ms\",\"-latency\",\"50ms\"]\n", "own")
	network := p.name
	door := p.name + "-model-api-door"
	t.Logf("| replicas | %s | requests | failed | took |", "operation")
	for _, replicas := range []int{1, 3} {
		// The containers take the place of variant B of the stack, one by one.
		p.apply(t, backends.Change{Op: backends.OpDeploy, Variant: "B", Version: "own-" + strconv.Itoa(replicas), Image: image})
		p.settled(t)
		if replicas > 1 {
			p.apply(t, backends.Change{Op: backends.OpScale, Variant: "B", Replicas: replicas})
			p.settled(t)
		}
		stop := load(t, p.url, 4)
		began := time.Now()
		p.apply(t, backends.Change{Op: backends.OpRestart, Variant: "B"})
		d := p.settled(t)
		lost := stop()
		t.Logf("| %d | restart | %d | %d | %v |", replicas, lost.requests, lost.lost, time.Since(began).Round(100*time.Millisecond))
		if lost.lost > 0 {
			t.Errorf("%d requests were lost: %v", lost.lost, lost.first)
		}
		if v, _ := d.Variant("B"); v.Ready != replicas {
			t.Errorf("%s on %s: %+v", door, network, v)
		}
	}
}

// TestDockerCost measures what a console costs that watches 100 containers at
// rest: its own CPU, and the engine's.
func TestDockerCost(t *testing.T) {
	c := dockertest.Engine(t)
	prefix, image := dockertest.Name(t), dockertest.Image(t, c)
	const containers, deployments = 100, 10
	for i := range containers {
		dockertest.Run(t, c, prefix, engine.Spec{Name: fmt.Sprint("c", i), Image: image, Labels: map[string]string{
			world.LabelDeployment: fmt.Sprint(prefix, "-", i%deployments), world.LabelVariant: "A", world.LabelVersion: "1",
			world.LabelStack: prefix, world.LabelReplica: strconv.Itoa(i/deployments + 1)}})
	}
	b := docker.Attach(docker.Options{Engine: c, Stack: prefix})
	ctx, cancel := context.WithTimeout(t.Context(), 35*time.Second)
	defer cancel()
	listings := b.Watch(ctx)
	time.Sleep(5 * time.Second) // the first inspections
	own, theirs, began := selfCPU(), engineCPU(t), time.Now()
	n := 0
	for range listings {
		n++
	}
	span := time.Since(began).Seconds()
	t.Logf("| containers | listings | console CPU | engine CPU |")
	t.Logf("| %d | %d in %.0f s | %.1f %% of a core | %.1f %% of a core |", containers, n, span, 100*(selfCPU()-own)/span, 100*(engineCPU(t)-theirs)/span)
	if used := (selfCPU() - own) / span; used > 0.10 {
		t.Errorf("the console uses %.1f %% of a core at rest", 100*used)
	}
}

// selfCPU is what this process has used, in seconds.
func selfCPU() float64 {
	var u syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &u)
	return float64(u.Utime.Nano()+u.Stime.Nano()) / 1e9
}

// engineCPU is what dockerd and containerd have used, in seconds.
func engineCPU(t *testing.T) float64 {
	t.Helper()
	const ticks = 100 // a second, on every Linux there is
	total := 0.0
	stats, _ := filepath.Glob("/proc/[0-9]*/stat")
	for _, path := range stats {
		text, err := os.ReadFile(path)
		if err != nil {
			continue
		}
		name, rest, _ := strings.Cut(string(text), ") ")
		if !strings.HasSuffix(name, "(dockerd") && !strings.HasSuffix(name, "(containerd") {
			continue
		}
		fields := strings.Fields(rest)
		user, _ := strconv.ParseFloat(fields[11], 64)
		system, _ := strconv.ParseFloat(fields[12], 64)
		total += (user + system) / ticks
	}
	return total
}
