package stack

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/containerd/errdefs"

	"pitwall/backends/docker/engine"
)

// Removed is what Down removed, or would.
type Removed struct {
	Containers []string // names, with the kept ones of earlier revisions
	Networks   []string
	Volumes    []string // with those of the ledger
	Images     []string // tags, or ids of those whose tag has moved on
	Dir        string   // with the configuration of the front doors, "" without one

	ids struct{ containers, networks, images []string }
}

// Empty reports whether there is nothing to remove.
func (r Removed) Empty() bool {
	return len(r.Containers)+len(r.Networks)+len(r.Volumes)+len(r.Images) == 0 && r.Dir == ""
}

// Find tells what Down would remove: what carries the stack's label, and the
// images that were built for it.
func Find(ctx context.Context, e Engine, o Options) (Removed, error) {
	var r Removed
	o, err := o.withDefaults()
	if err != nil {
		return r, err
	}
	containers, err := e.Containers(ctx, o.selector())
	if err != nil {
		return r, err
	}
	for _, c := range containers {
		r.Containers, r.ids.containers = append(r.Containers, c.Name), append(r.ids.containers, c.ID)
	}
	networks, err := e.Networks(ctx, o.selector())
	if err != nil {
		return r, err
	}
	for _, n := range networks {
		r.Networks, r.ids.networks = append(r.Networks, n.Name), append(r.ids.networks, n.ID)
	}
	volumes, err := e.Volumes(ctx, o.selector())
	if err != nil {
		return r, err
	}
	for _, v := range volumes {
		r.Volumes = append(r.Volumes, v.Name)
	}
	if _, err := os.Stat(o.configDir()); err == nil && o.StateDir != "" {
		r.Dir = o.configDir()
	}
	if o.KeepImages {
		return r, nil
	}
	images, err := e.Images(ctx, labelImage+"="+o.Name)
	for _, i := range images { // the newest first: an image goes before the one that it was built on
		if len(i.Tags) == 0 {
			r.Images, r.ids.images = append(r.Images, i.ID), append(r.ids.images, i.ID)
		}
		for _, tag := range i.Tags {
			r.Images, r.ids.images = append(r.Images, tag), append(r.ids.images, tag)
		}
	}
	return r, err
}

// Down removes what Find finds and tells what it removed. What cannot be
// removed, because somebody else uses it, is named in the error; all the rest
// is gone then. A second Down goes on.
func Down(ctx context.Context, e Engine, o Options) (Removed, error) {
	all, err := Find(ctx, e, o)
	if err != nil {
		return Removed{}, err
	}
	var done Removed
	var left []error
	try := func(list *[]string, name string, err error) {
		if err != nil {
			left = append(left, err)
			return
		}
		*list = append(*list, name)
	}
	for i, name := range all.Containers {
		try(&done.Containers, name, e.Remove(ctx, all.ids.containers[i]))
	}
	for i, name := range all.Networks {
		try(&done.Networks, name, e.RemoveNetwork(ctx, all.ids.networks[i]))
	}
	for _, name := range all.Volumes {
		try(&done.Volumes, name, e.RemoveVolume(ctx, name))
	}
	for i, name := range all.Images {
		try(&done.Images, name, removeImage(ctx, e, name, all.ids.images[i]))
	}
	if all.Dir != "" {
		if err := os.RemoveAll(all.Dir); err != nil {
			left = append(left, fmt.Errorf("remove the configuration of the front doors: %w", err))
		} else {
			done.Dir = all.Dir
			_ = os.Remove(filepath.Dir(all.Dir)) // what holds nothing else goes with it
			_ = os.Remove(o.StateDir)
		}
	}
	if len(left) > 0 {
		return done, fmt.Errorf("not everything could be removed: %w", errors.Join(left...))
	}
	return done, nil
}

// InUseError says that containers of somebody else were made from an image of the
// stack, which stays for them.
type InUseError struct {
	Image string
	By    []string // names of containers
	Err   error    // what the engine said
}

func (e *InUseError) Error() string {
	who, them := "container "+e.By[0]+" uses", "it"
	if len(e.By) > 1 {
		who, them = "containers "+strings.Join(e.By, ", ")+" use", "them"
	}
	return fmt.Sprintf("image %s stays, %s it: remove %s (`docker rm -f %s`) and run down again, or keep it", e.Image, who, them, strings.Join(e.By, " "))
}

func (e *InUseError) Unwrap() error { return e.Err }

// removeImage removes an image, or tells who uses it. The containers of the stack
// itself are gone before.
func removeImage(ctx context.Context, e Engine, name, id string) error {
	err := e.RemoveImage(ctx, id)
	if !errdefs.IsConflict(err) {
		return err
	}
	by, listErr := e.UsersOf(ctx, id)
	if listErr != nil || len(by) == 0 {
		return err // another image is built on it, or the engine tells no more
	}
	return &InUseError{Image: name, By: by, Err: err}
}

// configDir holds the configuration of nginx and HAProxy.
func (o Options) configDir() string { return filepath.Join(o.StateDir, "docker", o.Name) }

var _ Engine = (*engine.Client)(nil)
