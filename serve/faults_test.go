package serve

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"os"
	"os/exec"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"pitwall/serve/fault"
)

// supervise starts a supervised server and gives its control stream.
func supervise(t *testing.T, c Config) (*instance, *io.PipeWriter) {
	commands, w := io.Pipe()
	t.Cleanup(func() { w.Close() })
	c.Supervised, c.Control = true, commands
	return begin(t, c, &fake{}), w
}

func TestFaultsOverTheControlStream(t *testing.T) {
	s, control := supervise(t, Config{})
	logged := func(text string) {
		t.Helper()
		s.await(text, func() bool { return strings.Contains(s.log.String(), text) })
	}
	fmt.Fprintln(control, `{"fault":{"kind":"errors","ratio":1}}`)
	logged(`"practice fault","kind":"errors"`)
	if code, body := s.post("/predict", oneRow); code != 500 || !isError(body, "practice fault") {
		t.Errorf("errors: %d %s", code, body)
	}
	if code, _ := s.get("/ready"); code != 200 {
		t.Errorf("errors: /ready answers %d, want 200: the fault is in the predictions", code)
	}
	fmt.Fprintln(control, "no command\n"+`{"fault":{"kind":"none"}}`)
	logged(`"command refused"`)
	logged(`"practice fault","kind":"none"`)
	if code, body := s.post("/predict", oneRow); code != 200 {
		t.Errorf("none: %d %s", code, body)
	}
	fmt.Fprintln(control, `{"fault":{"kind":"slow","latency_ms":30}}`)
	logged(`"kind":"slow"`)
	began := time.Now()
	if code, _ := s.post("/predict", oneRow); code != 200 || time.Since(began) < 30*time.Millisecond {
		t.Errorf("slow: %d after %v", code, time.Since(began))
	}
	control.Close() // the parent is gone
	if err := s.ended(); err != nil {
		t.Errorf("run returned %v at the end of the control stream", err)
	}
}

func newFaults() *faults {
	return &faults{log: slog.New(slog.DiscardHandler), random: rand.New(rand.NewPCG(1, 2)).Float64,
		exit: func(int) {}}
}

func TestInject(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFaults()
		inject := func() (time.Duration, error) {
			began := time.Now()
			err := f.inject(t.Context(), time.Second)
			return time.Since(began), err
		}
		f.set(t.Context(), fault.Fault{Kind: fault.Slow, LatencyMS: 250, JitterMS: 100})
		f.set(t.Context(), fault.Fault{Kind: fault.Errors, Ratio: .2})
		failed, least, most := 0, time.Hour, time.Duration(0)
		for range 1000 {
			took, err := inject()
			least, most = min(least, took), max(most, took)
			if err != nil {
				failed++
			}
		}
		if failed < 150 || failed > 250 {
			t.Errorf("%d of 1000 requests failed, want about 200", failed)
		}
		if least < 250*time.Millisecond || least > 260*time.Millisecond || most < 340*time.Millisecond || most > 350*time.Millisecond {
			t.Errorf("delays from %v to %v, want 250 to 350 ms", least, most)
		}
		f.set(t.Context(), fault.Fault{Kind: fault.Slow, LatencyMS: 60_000})
		took, err := inject()
		var r *refusal
		if took != time.Second || !errors.As(err, &r) || r.status != 503 {
			t.Errorf("a delay beyond the limit: %v after %v, want 503 at the limit", err, took)
		}
		f.set(t.Context(), fault.Fault{Kind: fault.None})
		if took, err := inject(); took != 0 || err != nil {
			t.Errorf("after none: %v, %v", took, err)
		}
	})
}

func TestCrashCanBeCalledOff(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFaults()
		var status atomic.Int64
		f.exit = func(code int) { status.Store(int64(code)) }
		f.set(t.Context(), fault.Fault{Kind: fault.Crash, AfterMS: 4000})
		time.Sleep(3 * time.Second)
		f.set(t.Context(), fault.Fault{Kind: fault.None})
		time.Sleep(time.Minute)
		if status.Load() != 0 {
			t.Errorf("it crashed with %d after it was called off", status.Load())
		}
		f.set(t.Context(), fault.Fault{Kind: fault.Crash, AfterMS: 4000})
		time.Sleep(3999 * time.Millisecond)
		synctest.Wait()
		if status.Load() != 0 {
			t.Error("it crashed early")
		}
		time.Sleep(time.Millisecond)
		synctest.Wait()
		if status.Load() != fault.ExitCode {
			t.Errorf("exit status %d, want %d", status.Load(), fault.ExitCode)
		}
	})
}

// The faults that end or fill a process are tried in a process: this test binary
// again, as a supervised server.
func TestFaultsInAProcess(t *testing.T) {
	if os.Getenv("PITWALL_TEST_SERVE") != "" {
		err := Run(t.Context(), Config{Listen: "127.0.0.1:0", ModelPath: modelFile("bc_lr.onnx"), Grace: time.Millisecond,
			Supervised: true, Control: os.Stdin, Log: slog.New(slog.NewJSONHandler(os.Stderr, nil))})
		if err != nil {
			t.Fatal(err)
		}
		return
	}
	child := exec.Command(os.Args[0], "-test.run=^TestFaultsInAProcess$")
	child.Env = append(os.Environ(), "PITWALL_TEST_SERVE=1")
	control, err := child.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	log, err := child.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	defer child.Process.Kill()
	s := &instance{t: t, log: new(logBuffer), addr: listeningAddr(t, log)}
	s.await("readiness", func() bool { code, _ := s.get("/ready"); return code == 200 })
	before := s.metric("process_resident_memory_bytes")
	fmt.Fprintln(control, `{"fault":{"kind":"leak","bytes_per_second":400000000,"limit_bytes":60000000}}`)
	s.await("growth by 50 MB", func() bool { return s.metric("process_resident_memory_bytes")-before > 50e6 })
	fmt.Fprintln(control, `{"fault":{"kind":"crash","after_ms":1}}`)
	var exit *exec.ExitError
	if err := child.Wait(); !errors.As(err, &exit) || exit.ExitCode() != fault.ExitCode {
		t.Errorf("the process ended with %v, want exit status %d", err, fault.ExitCode)
	}
}

// listeningAddr reads the address from the log, as a supervisor does, and goes
// on reading so that the process never blocks on its log.
func listeningAddr(t *testing.T, log io.Reader) string {
	t.Helper()
	lines := bufio.NewScanner(log)
	for lines.Scan() {
		if _, rest, ok := strings.Cut(lines.Text(), `"msg":"listening","addr":"`); ok {
			go func() { _, _ = io.Copy(io.Discard, log) }()
			addr, _, _ := strings.Cut(rest, `"`)
			return addr
		}
	}
	t.Fatal("the process does not listen")
	return ""
}
