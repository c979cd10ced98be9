package journal

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"syscall"
	"testing"
	"time"
)

const (
	appenderEnv = "PITWALL_TEST_APPEND_TO"
	operatorEnv = "PITWALL_TEST_OPERATE_IN"
)

// TestMain lets the test binary be the other process that appends, or that
// carries out an operation until it is killed.
func TestMain(m *testing.M) {
	if path := os.Getenv(operatorEnv); path != "" {
		j, err := Open(path, time.Now, Actor{})
		if err == nil {
			_, err = j.Append(Record{Op: "split", Phase: PhaseIntent})
		}
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		fmt.Println("running")
		time.Sleep(time.Minute)
		os.Exit(0)
	}
	if path := os.Getenv(appenderEnv); path != "" {
		j, err := Open(path, time.Now, Actor{})
		for i := 0; i < 100 && err == nil; i++ {
			_, err = j.Append(note(fmt.Sprint(os.Getpid(), " ", i)))
		}
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// An operation of another process runs while that process lives, and is one
// whose outcome nobody saw when it was killed.
func TestAnotherProcessRunsAnOperation(t *testing.T) {
	path := filepath.Join(t.TempDir(), "journal.jsonl")
	cmd := exec.Command(os.Args[0], "-test.run=none")
	cmd.Env = append(os.Environ(), operatorEnv+"="+path)
	output, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	if _, err := output.Read(make([]byte, 1)); err != nil {
		t.Fatalf("the other process wrote no intent: %v", err)
	}
	r, err := OpenRead(path)
	if err != nil {
		t.Fatal(err)
	}
	result := func() string {
		open, err := r.Unfinished()
		if err != nil || len(open) != 1 {
			t.Fatalf("unfinished: %+v, %v", open, err)
		}
		return open[0].Result
	}
	if got := result(); got != ResultRunning {
		t.Errorf("while its process lives: %q", got)
	}
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait() // killed
	if got := result(); got != "" {
		t.Errorf("when its process is gone: %q", got)
	}
	j, err := Open(path, time.Now, Actor{})
	if err != nil {
		t.Fatal(err)
	}
	mine := appendTest(t, j, Record{Op: "scale", Phase: PhaseIntent})
	if left := intents(runningDir(path)); len(left) != 1 || left[0] != mine.ID {
		t.Errorf("locks %v, want that of %s only", left, mine.ID)
	}
	appendTest(t, j, Record{Op: "scale", Phase: PhaseResult, Intent: mine.ID, Result: ResultOK})
	if _, err := os.Stat(runningDir(path)); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("locks are left when nothing runs: %v", err)
	}
	if got := result(); got != "" {
		t.Errorf("the killed one's, after another operation: %q", got)
	}
}

func TestTwoProcessesAppend(t *testing.T) {
	path := filepath.Join(t.TempDir(), "journal.jsonl")
	var wg sync.WaitGroup
	for range 2 {
		wg.Go(func() {
			cmd := exec.Command(os.Args[0], "-test.run=none")
			cmd.Env = append(os.Environ(), appenderEnv+"="+path)
			if out, err := cmd.CombinedOutput(); err != nil {
				t.Errorf("%v: %s", err, out)
			}
		})
	}
	j, err := Open(path, time.Now, Actor{})
	if err != nil {
		t.Fatal(err)
	}
	j.rotate = 20 << 10 // this process also moves files aside meanwhile
	for range 100 {
		appendTest(t, j, note("here"))
	}
	wg.Wait()
	records, err := j.Records(time.Time{})
	if err != nil || len(records) != 300 {
		t.Errorf("%d records, %v; want 300", len(records), err)
	}
	if err := j.Verify(); err != nil {
		t.Error(err)
	}
}

// fullFile is a file on a disk that is full after room more bytes.
type fullFile struct {
	file
	room int
}

func (f fullFile) Write(p []byte) (int, error) {
	n, err := f.file.Write(p[:min(len(p), f.room)])
	if err == nil && n < len(p) {
		err = syscall.ENOSPC
	}
	return n, err
}

func TestFullDisk(t *testing.T) {
	j := openTest(t)
	appendTest(t, j, note("before"))
	before, _ := os.ReadFile(j.Path())
	j.open = func(path string) (file, error) {
		f, err := openAppend(path)
		return fullFile{f, 10}, err
	}
	if _, err := j.Append(note("lost")); !errors.Is(err, syscall.ENOSPC) {
		t.Fatalf("Append on a full disk: %v", err)
	}
	if after, _ := os.ReadFile(j.Path()); string(after) != string(before) {
		t.Errorf("half a record stayed: %q", after)
	}
	j.open = openAppend
	appendTest(t, j, note("after"))
	if err := j.Verify(); err != nil {
		t.Error(err)
	}
}
