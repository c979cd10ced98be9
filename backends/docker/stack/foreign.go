package stack

import (
	"bytes"
	"context"
	_ "embed" // HAProxy's configuration
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"text/template"
	"time"

	"pitwall/backends/docker/engine"
	"pitwall/backends/docker/frontdoor"
	"pitwall/backends/docker/frontdoor/haproxy"
	"pitwall/backends/docker/frontdoor/nginx"
	"pitwall/backends/docker/world"
)

// doorDir is where nginx and HAProxy find their configuration: a directory of
// this machine, because a renamed file that is mounted alone would stay the old
// one. Beside it lies pitwall, for HAProxy's runtime API.
const doorDir = "/etc/pitwall-door"

// doorFiles are the names of the configuration by kind of front door.
var doorFiles = map[string]string{frontdoor.NGINX: "nginx.conf", frontdoor.HAProxy: "haproxy.cfg"}

func (o Options) doorImage() string {
	if o.DoorImage != "" {
		return o.DoorImage
	}
	return DefaultName + "/" + o.Door
}

// checkDoorImage refuses a front door that the engine has no image of.
func checkDoorImage(ctx context.Context, e Images, o Options) error {
	if o.Door == frontdoor.Gateway {
		return nil
	}
	_, err := e.Image(ctx, o.doorImage())
	if gone := (*engine.NotFoundError)(nil); errors.As(err, &gone) {
		return fmt.Errorf("there is no image %s for the front door: build it (testdata/docker/%s/image.sh of pitwall's source does), name one that the engine has with --front-door-image, or use --front-door gateway",
			o.doorImage(), o.Door)
	}
	return err
}

// foreignDoor is a front door that is not pitwall's own.
func (o Options) foreignDoor(d deployment) (engine.Spec, []string) {
	path := doorDir + "/" + doorFiles[o.Door]
	command := []string{"-c", path}
	if o.Door == frontdoor.HAProxy {
		command = []string{"-W", "-db", "-f", path}
	}
	return engine.Spec{Name: o.doorName(d), Image: o.doorImage(), Entrypoint: []string{o.Door}, Command: command, User: user,
		Tmpfs:   map[string]string{"/tmp": "mode=1777,size=16m,nosuid,nodev"},
		Health:  &engine.HealthCheck{Test: []string{"NONE"}},
		Mounts:  []engine.Mount{{Type: "bind", Source: o.doorConfigDir(d), Destination: doorDir}, {Type: "bind", Source: o.doorBinary(), Destination: "/pitwall", ReadOnly: true}},
		Publish: []engine.Port{{Container: servePort, HostIP: "127.0.0.1", Host: d.port}},
	}, []string{world.LabelConfig, path}
}

func (o Options) doorConfigDir(d deployment) string { return filepath.Join(o.configDir(), d.name) }
func (o Options) doorBinary() string                { return filepath.Join(o.configDir(), "pitwall") }

// prepareDoors writes the configuration of the front doors that have none yet.
func (u *upper) prepareDoors(ctx context.Context) error {
	if u.o.Door == frontdoor.Gateway {
		return nil
	}
	if err := os.MkdirAll(u.o.configDir(), 0o755); err != nil {
		return fmt.Errorf("write the configuration of the front doors: %w", err)
	}
	if err := copyFile(u.o.Binary, u.o.doorBinary()); err != nil {
		return fmt.Errorf("copy pitwall for the front doors: %w", err)
	}
	for _, d := range seeds() {
		path := filepath.Join(u.o.doorConfigDir(d), doorFiles[u.o.Door])
		if _, err := os.Stat(path); err == nil {
			continue
		}
		began := time.Now()
		found, err := u.found(ctx, d.name)
		if err != nil {
			return err
		}
		text, err := u.doorConfig(d, u.want(found))
		if err == nil {
			err = os.MkdirAll(filepath.Dir(path), 0o755)
		}
		if err == nil {
			err = os.WriteFile(path, text, 0o644)
		}
		if err != nil {
			return fmt.Errorf("write the configuration of %s: %w", d.name, err)
		}
		u.made("file "+path, time.Since(began))
	}
	return nil
}

func (u *upper) doorConfig(d deployment, w frontdoor.Want) ([]byte, error) {
	if u.o.Door == frontdoor.HAProxy {
		return haproxyConfig(d, w, u.o.Now())
	}
	return nginx.Generate(nginx.Options{Deployment: d.name, Port: servePort, Split: w.Split, Members: w.Members, By: w.By, At: u.o.Now()})
}

//go:embed haproxy.cfg.tmpl
var haproxyText string

var haproxyForm = template.Must(template.New("haproxy.cfg").Parse(haproxyText))

// haproxyConfig writes the configuration of an HAProxy.
func haproxyConfig(d deployment, w frontdoor.Want, at time.Time) ([]byte, error) {
	type line struct{ Name, Address, Variant, Weight string }
	counts := make(map[string]int)
	for name, members := range w.Members {
		counts[name] = len(members)
	}
	weights := haproxy.Weights(w.Split, counts)
	var lines []line
	for _, name := range w.Split.Names() {
		for _, m := range w.Members[name] {
			lines = append(lines, line{m.Name, net.JoinHostPort(m.Host, strconv.Itoa(int(m.Port))), name, strconv.Itoa(weights[name])})
		}
	}
	var b bytes.Buffer
	err := haproxyForm.Execute(&b, map[string]any{"Deployment": d.name, "Split": w.Split.String(), "By": w.By,
		"At": at.UTC().Format(time.RFC3339), "Servers": lines, "Port": servePort})
	return b.Bytes(), err
}

// answers waits until a front door answers on its published port: such an
// image has nothing inside that could ask.
func (u *upper) answers(ctx context.Context, p part) error {
	url, err := u.published(ctx, p)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, readyTimeout)
	defer cancel()
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}, Timeout: 2 * time.Second}
	for {
		request, err := http.NewRequestWithContext(ctx, http.MethodGet, url+"/healthz", nil)
		if err != nil {
			return err
		}
		if response, err := client.Do(request); err == nil {
			response.Body.Close()
			if response.StatusCode == http.StatusOK {
				return nil
			}
		}
		select {
		case <-time.After(readyEvery):
		case <-ctx.Done():
			return fmt.Errorf("front door %s does not answer at %s: %w: `docker logs %s` says more", p.spec.Name, url, ctx.Err(), p.spec.Name)
		}
	}
}

// copyFile copies an executable, in one step for whoever runs it.
func copyFile(from, to string) error {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.CreateTemp(filepath.Dir(to), "pitwall-*")
	if err != nil {
		return err
	}
	_, err = io.Copy(out, in)
	if err = errors.Join(err, out.Chmod(0o755), out.Close()); err == nil {
		err = os.Rename(out.Name(), to)
	}
	if err != nil {
		return errors.Join(err, os.Remove(out.Name()))
	}
	return nil
}
