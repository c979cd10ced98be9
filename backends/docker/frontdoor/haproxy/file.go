package haproxy

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"pitwall/backends/docker/frontdoor"
	"pitwall/backends/osfile"
)

// defaultFiles are where images keep the configuration.
var defaultFiles = []string{"/usr/local/etc/haproxy/haproxy.cfg", "/etc/haproxy/haproxy.cfg"}

// files lists where the configuration may be: as told, as the command says,
// else the usual places.
func (d *Door) files() []string {
	if d.options.Config != "" {
		return []string{d.options.Config}
	}
	var named []string
	for i, word := range d.container.Command {
		if word == "-f" && i+1 < len(d.container.Command) {
			named = append(named, d.container.Command[i+1])
		}
	}
	if len(named) > 0 {
		return named
	}
	return defaultFiles
}

// readConf finds the file that holds the backend.
func (d *Door) readConf(ctx context.Context) (path string, b *backend, err error) {
	var why error
	for _, path := range d.files() {
		text, err := d.client.ReadFile(ctx, d.container.ID, path)
		if err == nil {
			var b *backend
			if b, err = find(parse(string(text)), d.options.Deployment, d.options.Backend); err == nil {
				return path, b, nil
			}
		}
		why = errors.Join(why, err)
	}
	if ctx.Err() != nil {
		return "", nil, fmt.Errorf("read the configuration of %s: %w", d.container.Name, ctx.Err())
	}
	where := d.container.Name + ":" + strings.Join(d.files(), ", ")
	return "", nil, &frontdoor.UnreadableError{Kind: frontdoor.HAProxy, Where: where, Why: oneLine(why)}
}

func oneLine(err error) string { return strings.ReplaceAll(err.Error(), "\n", "; ") }

// writable gives where the file of a container can be written on this machine:
// it must be on a mount, and be the same file.
func (d *Door) writable(path, text string) (hostPath string, inPlace bool, err error) {
	hostPath, whole := here(d.container.Mounts, path)
	if hostPath == "" {
		return "", false, fmt.Errorf("%s is on no mount of the container", path)
	}
	if hostPath, err = filepath.EvalSymlinks(hostPath); err != nil {
		return "", false, fmt.Errorf("%s is not on this machine", path)
	}
	seen, err := os.ReadFile(hostPath)
	if err != nil || string(seen) != text {
		return "", false, fmt.Errorf("%s on this machine is not the file that the container has", hostPath)
	}
	if whole { // a renamed single file would leave the container with the old one
		return hostPath, true, access(hostPath)
	}
	return hostPath, false, access(filepath.Dir(hostPath))
}

func access(path string) error {
	if err := osfile.Writable(path); err != nil {
		return fmt.Errorf("%s cannot be written: %w", path, err)
	}
	return nil
}

// write replaces the file whole, keeping its mode and owner.
func write(hostPath, text string, inPlace bool) error {
	info, err := os.Stat(hostPath)
	if err != nil {
		return fmt.Errorf("write the configuration: %w", err)
	}
	if inPlace {
		if err := os.WriteFile(hostPath, []byte(text), info.Mode().Perm()); err != nil {
			return fmt.Errorf("write the configuration: %w", err)
		}
		return nil
	}
	f, err := os.CreateTemp(filepath.Dir(hostPath), ".pitwall-*")
	if err != nil {
		return fmt.Errorf("write the configuration: %w", err)
	}
	_, err = f.WriteString(text)
	err = errors.Join(err, f.Chmod(info.Mode().Perm()), own(f, info), f.Sync(), f.Close())
	if err == nil {
		err = os.Rename(f.Name(), hostPath)
	}
	if err != nil {
		return errors.Join(fmt.Errorf("write the configuration: %w", err), os.Remove(f.Name()))
	}
	return nil
}

// checkCommand is how HAProxy itself checks a text in the place of path.
func (d *Door) checkCommand(path string) []string {
	command := []string{"haproxy", "-c"}
	for _, word := range d.container.Command {
		if filepath.Base(word) == "haproxy" {
			command[0] = word
			break
		}
	}
	files := d.files()
	if !slices.Contains(files, path) || d.options.Config == "" && slices.Equal(files, defaultFiles) {
		files = []string{path}
	}
	for _, file := range files {
		if file == path {
			file = "/dev/stdin"
		}
		command = append(command, "-f", file)
	}
	return command
}
