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

const appenderEnv = "PITWALL_TEST_APPEND_TO"

// TestMain lets the test binary be the other process that appends.
func TestMain(m *testing.M) {
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
