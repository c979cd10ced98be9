package nginx

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"pitwall/backends"
	"pitwall/backends/docker/engine"
	"pitwall/backends/docker/frontdoor"
)

func TestFilesThatCannotBeReplaced(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "nginx.conf")
	if err := errors.Join(os.WriteFile(file, nil, 0o644), os.Symlink("nginx.conf", filepath.Join(dir, "link.conf"))); err != nil {
		t.Fatal(err)
	}
	bind := func(source, at string) engine.Mount {
		return engine.Mount{Type: "bind", Source: source, Destination: at}
	}
	for name, test := range map[string]struct {
		mounts []engine.Mount
		path   string
		why    string
	}{
		"directory":   {[]engine.Mount{bind(dir, "/etc/nginx")}, "/etc/nginx/nginx.conf", ""},
		"single file": {[]engine.Mount{bind(dir, "/etc"), bind(file, "/etc/nginx.conf")}, "/etc/nginx.conf", "mounted by itself"},
		"no mount":    {[]engine.Mount{bind(dir, "/etc/nginx2")}, "/etc/nginx/nginx.conf", "not on a mount"},
		"tmpfs":       {[]engine.Mount{{Type: "tmpfs", Destination: "/etc/nginx"}}, "/etc/nginx/nginx.conf", "not on a mount"},
		"elsewhere":   {[]engine.Mount{bind(dir+"/gone", "/etc/nginx")}, "/etc/nginx/nginx.conf", "not on this machine"},
		"link":        {[]engine.Mount{bind(dir, "/etc/nginx")}, "/etc/nginx/link.conf", "symbolic link"},
		"absent":      {[]engine.Mount{bind(dir, "/etc/nginx")}, "/etc/nginx/other.conf", "no such file"},
	} {
		err := (&HostFiles{Mounts: test.mounts}).Reaches(test.path)
		var elsewhere *NotHereError
		if test.why == "" && err != nil || test.why != "" && (!errors.As(err, &elsewhere) || !strings.Contains(err.Error(), test.why)) {
			t.Errorf("%s: %v, want %q", name, err, test.why)
		}
	}
}

func TestWriteKeepsModeAndPrevious(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "nginx.conf")
	if err := errors.Join(os.WriteFile(file, []byte("one"), 0o600), os.Chmod(file, 0o664)); err != nil {
		t.Fatal(err)
	}
	f := &HostFiles{Mounts: []engine.Mount{{Type: "bind", Source: dir, Destination: "/c"}}}
	if err := f.Write(t.Context(), "/c/nginx.conf", "/c/nginx.conf", "two"); err != nil {
		t.Fatal(err)
	}
	info := stat(t, file)
	if previous := content(t, filepath.Join(dir, ".nginx.conf.pitwall-previous")); content(t, file) != "two" || previous != "one" || info.Mode().Perm() != 0o664 {
		t.Errorf("%s, previous %s, mode %v", content(t, file), previous, info.Mode())
	}
	if _, err := f.Read(t.Context(), "/c/none"); !errors.Is(err, fs.ErrNotExist) {
		t.Error(err)
	}
}

func TestLockWaits(t *testing.T) {
	f := &HostFiles{Mounts: []engine.Mount{{Type: "bind", Source: t.TempDir(), Destination: "/c"}}}
	unlock, err := f.Lock(t.Context(), "/c/nginx.conf")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if _, err := f.Lock(ctx, "/c/nginx.conf"); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("a second lock: %v", err)
	}
	unlock()
	if unlock, err = f.Lock(t.Context(), "/c/nginx.conf"); err != nil {
		t.Fatal(err)
	}
	unlock()
}

// hostContainers is this machine as a container whose mounts are where they are.
type hostContainers struct {
	Editor
	master int
	asked  int
}

func (h *hostContainers) Exec(ctx context.Context, _ string, cmd []string, _ io.Reader) (engine.ExecResult, error) {
	h.asked++
	out, err := exec.CommandContext(ctx, cmd[0], append(cmd[1:], "-e", "stderr")...).CombinedOutput()
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		return engine.ExecResult{Stderr: out, Code: exit.ExitCode()}, nil
	}
	return engine.ExecResult{Stderr: out}, err
}

func (h *hostContainers) Kill(context.Context, string, string) error {
	return syscall.Kill(h.master, syscall.SIGHUP)
}

func (h *hostContainers) Top(context.Context, string) ([]engine.Process, error) {
	children, err := os.ReadFile(fmt.Sprintf("/proc/%d/task/%d/children", h.master, h.master))
	var all []engine.Process
	for pid := range strings.FieldsSeq(string(children)) {
		title, _ := os.ReadFile("/proc/" + pid + "/cmdline")
		var n int
		_, _ = fmt.Sscan(pid, &n)
		all = append(all, engine.Process{PID: n, Command: strings.TrimRight(string(title), "\x00 ")})
	}
	return all, err
}

// File lets a configuration be read as that of another machine.
func (h *hostContainers) File(_ context.Context, _, name string) (engine.File, error) {
	text, err := os.ReadFile(name)
	return engine.File{Mode: 0o644, Data: text}, err
}

func (h *hostContainers) ReadFile(_ context.Context, _, name string) ([]byte, error) {
	return os.ReadFile(name)
}

// NewOutput is that of a container whose log the engine does not keep.
func (h *hostContainers) NewOutput(context.Context, string) (io.ReadCloser, error) {
	return nil, errors.New("configured logging driver does not support reading")
}

// TestDoorOfIncludedFiles changes a split whose parts stand in three files.
func TestDoorOfIncludedFiles(t *testing.T) {
	binary := hostNginx(t)
	if _, err := os.Stat("/proc/self/task"); err != nil {
		t.Skip("the processes of nginx cannot be told here: no /proc")
	}
	main, port := write(t, onDisk(t, "include/nginx.conf")), freePort(t)
	dir := filepath.Dir(main)
	settings := fmt.Sprintf("daemon off; pid %s/pid; worker_processes 2;\n", dir)
	overwrite(t, main, settings+strings.Replace(content(t, main), "8083", fmt.Sprint(port), 1))
	proof := "location = /-/pitwall/split { return 200 \"never set\"; }\n"
	locations := filepath.Join(dir, "conf.d/locations")
	overwrite(t, locations, content(t, locations)+proof)
	run(t, binary, main, port)

	h := &hostContainers{master: masterOf(t, dir)}
	container := engine.Container{
		ID: "host", PID: h.master, Command: []string{binary, "-p", dir}, Networks: map[string]string{"host": "127.0.0.1"},
		Mounts: []engine.Mount{{Type: "bind", Source: dir, Destination: dir}},
	}
	door := New(h, FilesOf(h, true, container, main), container, main)
	c := read(t, door)
	want := frontdoor.Want{
		Split:   backends.Split{"A": 75, "B": 25},
		Members: map[string][]frontdoor.Member{"B": {{Name: "canary-2", Host: "127.0.0.1", Port: 9009}}},
	}
	if err := door.Set(t.Context(), want, c.Hash); err != nil {
		t.Fatal(err)
	}
	c = read(t, door)
	if c.Split.String() != "A=75 B=25" || memberText(c.Members) != "A[127.0.0.1:9001 127.0.0.1:9002] B[canary-2=127.0.0.1:9009]" {
		t.Errorf("reads %s %s", c.Split, memberText(c.Members))
	}
	if notes := strings.Join(c.Notes, "\n"); strings.Contains(notes, "not reloaded") || strings.Contains(notes, "until a reload") {
		t.Errorf("after a change the notes say: %s", notes)
	}
	p, err := door.read(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if got, ok := door.served(t.Context(), p); !ok || !strings.HasPrefix(got, "A=75 B=25 at ") {
		t.Errorf("serves %q", got)
	}
	broken := frontdoor.Want{Split: want.Split, Members: map[string][]frontdoor.Member{"B": {{Host: "no-such-host.invalid", Port: 1}}}}
	err = door.Check(t.Context(), broken)
	if err == nil || !strings.Contains(err.Error(), "host not found in upstream \"no-such-host.invalid:1\" in "+dir+"/conf.d/20-upstreams.conf:6") {
		t.Errorf("a broken upstream in an included file: %v", err)
	}
	left, _ := filepath.Glob(filepath.Join(dir, "conf.d", ".*check*"))
	if len(left) > 0 || read(t, door).Hash != c.Hash {
		t.Errorf("a check left %v", left)
	}
	if stale := frontdoor.ErrChanged; !errors.Is(door.Set(t.Context(), want, "other"), stale) {
		t.Error("a stale hash is taken")
	}
}

// masterOf reads the PID that nginx wrote.
func masterOf(t *testing.T, dir string) int {
	t.Helper()
	var pid int
	for deadline := time.Now().Add(5 * time.Second); pid == 0 && time.Now().Before(deadline); time.Sleep(10 * time.Millisecond) {
		text, _ := os.ReadFile(filepath.Join(dir, "pid"))
		_, _ = fmt.Sscan(string(text), &pid)
	}
	return pid
}

// TestConfigurationThatCannotBeChanged reads what is on no mount, and says why
// it stays as it is.
func TestConfigurationThatCannotBeChanged(t *testing.T) {
	main, err := filepath.Abs("testdata/compose.conf")
	if err != nil {
		t.Fatal(err)
	}
	for why, mounts := range map[string][]engine.Mount{
		"cannot be changed: it is not on a mount":               nil,
		"cannot be changed: the file is mounted by itself, and": {{Type: "bind", Source: "/elsewhere/nginx.conf", Destination: main}},
	} {
		h := &hostContainers{}
		container := engine.Container{Name: "door", Mounts: mounts}
		door := New(h, FilesOf(h, false, container, main), container, main)
		c := read(t, door)
		if !strings.Contains(strings.Join(c.Notes, "\n"), why) {
			t.Errorf("the notes do not tell: %q", c.Notes)
		}
		var elsewhere *NotHereError
		if err := door.Set(t.Context(), frontdoor.Want{Split: c.Split}, c.Hash); !errors.As(err, &elsewhere) || h.asked > 0 {
			t.Errorf("got %v", err)
		}
	}
}
