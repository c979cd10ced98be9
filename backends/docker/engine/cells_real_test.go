package engine_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"pitwall/backends/docker/engine"
	"pitwall/backends/docker/internal/dockertest"
)

func TestVolumesAreCompareAndSwapCells(t *testing.T) {
	c, d := dockertest.Engine(t), dockertest.Engine(t)
	prefix := dockertest.Name(t)
	ctx := t.Context()
	const rounds, rivals = 20, 8
	for round := range rounds {
		name := fmt.Sprintf("%s-%d", prefix, round)
		told := make([]string, rivals)
		var all sync.WaitGroup
		for i := range rivals {
			all.Go(func() {
				v, err := []*engine.Client{c, d}[i%2].CreateVolume(ctx, name, dockertest.Labels(prefix, "by", fmt.Sprint(i)))
				if err != nil {
					t.Error(err)
				}
				told[i] = v.Labels["by"]
			})
		}
		all.Wait()
		if len(slices.Compact(slices.Sorted(slices.Values(told)))) != 1 {
			t.Errorf("round %d: the rivals were told %v", round, told)
		}
		again, err := c.CreateVolume(ctx, name, dockertest.Labels(prefix, "by", "late"))
		if err != nil || again.Labels["by"] != told[0] || again.Created.IsZero() {
			t.Errorf("round %d: who comes late is told %v, %v; the others %v", round, again, err, told)
		}
	}
	all, err := c.Volumes(ctx, dockertest.Label+"="+prefix)
	if err != nil || len(all) != rounds || !slices.IsSortedFunc(all, func(a, b engine.Volume) int { return strings.Compare(a.Name, b.Name) }) {
		t.Errorf("%d volumes, %v", len(all), err)
	}
	check(t, c.RemoveVolume(ctx, prefix+"-0"))
	check(t, c.RemoveVolume(ctx, prefix+"-0"))
	fresh, err := c.CreateVolume(ctx, prefix+"-0", dockertest.Labels(prefix, "by", "next"))
	if err != nil || fresh.Labels["by"] != "next" {
		t.Errorf("after removal a name is free: %v, %v", fresh, err)
	}
}

func TestOneNetworkOfTwoRivals(t *testing.T) {
	c := dockertest.Engine(t)
	prefix := dockertest.Name(t)
	for round := range 5 {
		name := fmt.Sprintf("%s-%d", prefix, round)
		var all sync.WaitGroup
		for range 3 {
			all.Go(func() {
				if err := c.EnsureNetwork(t.Context(), name, dockertest.Labels(prefix)); err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
	}
	got, err := c.Networks(t.Context(), dockertest.Label+"="+prefix)
	if err != nil || len(got) != 5 {
		t.Errorf("%d networks, %v: %v", len(got), err, got)
	}
}

func TestImagesOfAnEngine(t *testing.T) {
	c := dockertest.Engine(t)
	ref := dockertest.ImageOf(t, c, "FROM scratch\nCOPY server /server\nEXPOSE 9090 8080\nUSER 7\nENTRYPOINT [\"/server\"]\nCMD [\"-x\"]\nHEALTHCHECK CMD [\"/server\",\"health\"]\nLABEL com.pitwall.version=7\n", "x")
	ctx := t.Context()
	got, err := c.Image(ctx, ref)
	check(t, err)
	if !slices.Equal(got.Tags, []string{ref}) || got.User != "7" || !got.Health || len(got.Exposed) != 2 || got.Exposed[0].Container != 8080 || got.Size < 1<<20 ||
		time.Since(got.Created) > time.Hour || got.Labels["com.pitwall.version"] != "7" || got.Entrypoint[0] != "/server" || got.Cmd[0] != "-x" {
		t.Errorf("the image is %+v", got)
	}
	listed, err := c.Images(ctx, dockertest.Label+"="+got.Labels[dockertest.Label])
	if err != nil || len(listed) != 1 || listed[0].ID != got.ID {
		t.Errorf("listed are %v, %v", listed, err)
	}
	check(t, c.RemoveImage(ctx, ref))
	check(t, c.RemoveImage(ctx, ref))
	var missing *engine.NotFoundError
	if _, err := c.Image(ctx, ref); !errors.As(err, &missing) || missing.Kind != "image" {
		t.Errorf("after removal: %v", err)
	}
	if _, err := c.Build(ctx, ref, map[string]engine.File{"Dockerfile": {Data: []byte("FROM scratch\nCOPY none /\n")}}, nil); err == nil || !strings.Contains(err.Error(), "COPY none") {
		t.Errorf("a build that fails: %v", err)
	}
	if _, err := c.Build(ctx, ref, nil, nil); err == nil || !strings.Contains(err.Error(), "Dockerfile") {
		t.Errorf("a build of nothing: %v", err)
	}
}
