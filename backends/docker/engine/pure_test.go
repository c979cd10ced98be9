package engine

import (
	"archive/tar"
	"bytes"
	"errors"
	"io"
	"maps"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	dockerspec "github.com/moby/docker-image-spec/specs-go/v1"
	"github.com/moby/moby/api/types/container"
	"github.com/moby/moby/api/types/image"
	"github.com/moby/moby/api/types/network"
	ocispec "github.com/opencontainers/image-spec/specs-go/v1"
)

func TestCausesOfAStartThatFails(t *testing.T) {
	for text, want := range map[string]string{
		"driver failed programming external connectivity on endpoint x (1): Bind for 0.0.0.0:8080 failed: port is already allocated": CausePortConflict,
		"listen tcp4 0.0.0.0:80: bind: address already in use":                                                                       CausePortConflict,
		"No such image: none:1": CauseImageMissing,
		"failed to create shim: mkdir /x: no space left on device: unknown":                       CauseDiskFull,
		`OCI runtime create failed: exec: "nope": executable file not found in $PATH: unknown`:    CauseCommandNotFound,
		`starting container process caused: exec: "/nope": stat /nope: no such file or directory`: CauseCommandNotFound,
		`error mounting "/x" to rootfs: mount /x: no such file or directory`:                      "",
		"network churn not found": "",
	} {
		if got := causeOf(errors.New(text)); got != want {
			t.Errorf("%q is %q, want %q", text, got, want)
		}
	}
}

func TestAFullDiskSaysWhatNext(t *testing.T) {
	c := &Client{host: "unix:///x"}
	err := c.fail(t.Context(), "create volume v", errors.New("Error response from daemon: mkdir /data/v: no space left on device"))
	const want = "create volume v: the disk of the Docker engine at unix:///x is full (mkdir /data/v: no space left on device): "
	if full := (*FullError)(nil); !errors.As(err, &full) || err.Error() != want+MakeRoom {
		t.Errorf("said: %v", err)
	}
	if err := c.started(t.Context(), "start", "v", err); !strings.Contains(err.Error(), MakeRoom) {
		t.Errorf("of a start: %v", err)
	}
}

// TestAnEngineThatEndsIsAway: a rollout goes on when the engine is back.
func TestAnEngineThatEndsIsAway(t *testing.T) {
	c := &Client{host: "unix:///var/run/docker.sock"}
	err := c.fail(t.Context(), "create volume x", errors.New("Error response from daemon: create x: database not open"))
	if down := (*DownError)(nil); !errors.As(err, &down) {
		t.Errorf("%T: %v", err, err)
	}
}

func TestSubtractLeavesWhatTheContainerSays(t *testing.T) {
	port := network.MustParsePort
	old := image.InspectResponse{Config: &dockerspec.DockerOCIImageConfig{ImageConfig: ocispec.ImageConfig{
		User: "app", Env: []string{"PATH=/bin", "MODEL=old"}, Entrypoint: []string{"/server"}, Cmd: []string{"-v1"}, WorkingDir: "/srv", StopSignal: "SIGTERM",
		Labels: map[string]string{"version": "1", "kept": "1"}, Volumes: map[string]struct{}{"/data": {}}, ExposedPorts: map[string]struct{}{"8080/tcp": {}}},
		DockerOCIImageConfigExt: dockerspec.DockerOCIImageConfigExt{Healthcheck: &dockerspec.HealthcheckConfig{Test: []string{"CMD", "x"}, Interval: time.Second, Retries: 3}}}}
	config := &container.Config{User: "app", Env: []string{"PATH=/bin", "MODEL=old", "MINE=1"}, Entrypoint: []string{"/server"}, Cmd: []string{"-v1"}, WorkingDir: "/srv", StopSignal: "SIGTERM",
		Labels: map[string]string{"version": "1", "kept": "2", "mine": "1"}, Volumes: map[string]struct{}{"/data": {}, "/mine": {}},
		ExposedPorts: network.PortSet{port("8080/tcp"): {}, port("9090/tcp"): {}},
		Healthcheck:  &container.HealthConfig{Test: []string{"CMD", "x"}, Interval: 5 * time.Second, Retries: 3}}
	subtract(config, old)
	if config.User != "" || config.WorkingDir != "" || config.StopSignal != "" || config.Entrypoint != nil || config.Cmd != nil {
		t.Errorf("of the image there is left: %+v", config)
	}
	if !slices.Equal(config.Env, []string{"MINE=1"}) || !maps.Equal(config.Labels, map[string]string{"kept": "2", "mine": "1"}) {
		t.Errorf("environment %q, labels %v", config.Env, config.Labels)
	}
	if len(config.Volumes) != 1 || len(config.ExposedPorts) != 1 {
		t.Errorf("volumes %v, ports %v", config.Volumes, config.ExposedPorts)
	}
	if h := config.Healthcheck; h == nil || h.Test != nil || h.Interval != 5*time.Second || h.Retries != 0 {
		t.Errorf("health check %+v", h)
	}
	own := &container.Config{Entrypoint: []string{"/mine"}, Cmd: []string{"-v1"}, Healthcheck: &container.HealthConfig{Test: []string{"CMD", "x"}, Interval: time.Second, Retries: 3}}
	subtract(own, old)
	if len(own.Entrypoint) != 1 || len(own.Cmd) != 1 || own.Healthcheck != nil {
		t.Errorf("an own entrypoint keeps its command, an equal health check goes: %+v", own)
	}
	args := &container.Config{Entrypoint: []string{"/server"}, Cmd: []string{"-mine"}}
	subtract(args, old)
	if args.Entrypoint != nil || !slices.Equal(args.Cmd, []string{"-mine"}) {
		t.Errorf("own arguments stay, the entrypoint is the new image's: %+v", args)
	}
}

func TestCoresBetweenSamples(t *testing.T) {
	var s samples
	begin := time.Unix(1000, 0)
	if got := s.cores("a", sample{begin, time.Second}); !math.IsNaN(got) {
		t.Errorf("the first sample tells %v", got)
	}
	if got := s.cores("a", sample{begin.Add(2 * time.Second), 2 * time.Second}); got != 0.5 {
		t.Errorf("a second of CPU in two seconds is %v cores", got)
	}
	if got := s.cores("a", sample{begin.Add(3 * time.Second), 0}); !math.IsNaN(got) {
		t.Errorf("after a restart it is %v", got)
	}
	s.cores("b", sample{begin.Add(time.Hour), 0})
	if len(s.last) != 1 {
		t.Errorf("old samples are kept: %v", s.last)
	}
}

func TestMemoryWithoutFileCache(t *testing.T) {
	for _, tt := range []struct {
		stats map[string]uint64
		want  float64
	}{{nil, 100}, {map[string]uint64{"total_inactive_file": 30, "inactive_file": 10}, 70}, {map[string]uint64{"inactive_file": 10}, 90}, {map[string]uint64{"inactive_file": 200}, 100}} {
		if got := memory(container.MemoryStats{Usage: 100, Stats: tt.stats}); got != tt.want {
			t.Errorf("with %v it is %v, want %v", tt.stats, got, tt.want)
		}
	}
}

func TestProcessesByTitle(t *testing.T) {
	got, err := processes([]string{"PID", "COMMAND"}, [][]string{{"12", "/server -x"}, {"13"}})
	if err != nil || len(got) != 1 || got[0] != (Process{12, "/server -x"}) {
		t.Errorf("%v, %v", got, err)
	}
	if _, err := processes([]string{"UID"}, nil); err == nil {
		t.Error("columns that are missing are no error")
	}
}

func TestPackMakesDirectoriesAndIsRepeatable(t *testing.T) {
	files := map[string]File{"b/c/d": {Data: []byte("x")}, "a": {Mode: 0o755, Size: 2, Open: func() (io.ReadCloser, error) { return io.NopCloser(strings.NewReader("yy")), nil }}, "../../evil": {}}
	var one, two bytes.Buffer
	if err := errors.Join(pack(&one, files), pack(&two, files)); err != nil || !bytes.Equal(one.Bytes(), two.Bytes()) {
		t.Fatalf("%v, equal %t", err, bytes.Equal(one.Bytes(), two.Bytes()))
	}
	var names []string
	for r := tar.NewReader(&one); ; {
		h, err := r.Next()
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		names = append(names, h.Name)
	}
	if got := strings.Join(names, " "); got != "evil a b/ b/c/ b/c/d" {
		t.Errorf("the archive holds %s", got)
	}
	fails := map[string]File{"x": {Open: func() (io.ReadCloser, error) { return nil, errors.New("gone") }}}
	if _, err := io.ReadAll(packed(fails)); err == nil || !strings.Contains(err.Error(), "pack x: gone") {
		t.Errorf("a file that cannot be read: %v", err)
	}
}

func TestBuildFailsInTheMiddleOfTheAnswer(t *testing.T) {
	_, err := readBuild(strings.NewReader(`{"stream":"Step 1/2 : FROM scratch\n"}{"errorDetail":{"message":"COPY failed"},"error":"COPY failed"}`))
	if err == nil || !strings.Contains(err.Error(), "COPY failed") || !strings.Contains(err.Error(), "Step 1/2") {
		t.Errorf("the error is %v", err)
	}
	id, err := readBuild(strings.NewReader(`{"stream":"x"}{"aux":{"ID":"sha256:1"}}{"stream":"Successfully built"}`))
	if err != nil || id != "sha256:1" {
		t.Errorf("%s, %v", id, err)
	}
	if _, err := readBuild(strings.NewReader(`{"stream":"x"}`)); err == nil {
		t.Error("an answer without an image is none")
	}
}

func TestOutputIsBounded(t *testing.T) {
	c := &capped{most: 5}
	for range 3 {
		if n, err := c.Write([]byte("abc")); n != 3 || err != nil {
			t.Fatal(n, err)
		}
	}
	if c.String() != "abcab" || !c.cut {
		t.Errorf("%q, cut %t", c, c.cut)
	}
}

func TestCommandThatDidNotRun(t *testing.T) {
	const words = "failed to open stdout fifo: error creating fifo /run/x: no space left on device\n"
	c := &Client{host: "unix:///x"}
	var none *FullError
	if err := c.fail(t.Context(), "run", notRun(cannotRun, nil, []byte(words))); !errors.As(err, &none) || !strings.Contains(err.Error(), MakeRoom) {
		t.Errorf("a full disk is told as %v", err)
	}
	if err := notRun(1, []byte(words)); err != nil {
		t.Errorf("what a command itself says of its disk is %v", err)
	}
	if err := notRun(cannotRun, []byte("no such file")); err != nil {
		t.Errorf("another reason is %v", err)
	}
}
