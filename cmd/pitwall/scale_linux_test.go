package main

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

// BenchmarkClusterScale measures the console on a cluster with as many
// Deployments, of 5 pods each, as PITWALL_SCALE says: make bench-cluster. It
// asserts only that the fleet is complete; the figures are for people.
func BenchmarkClusterScale(b *testing.B) {
	n, err := strconv.Atoi(os.Getenv("PITWALL_SCALE"))
	if err != nil || n%4 != 0 {
		b.Skip("takes minutes: runs with make bench-cluster (PITWALL_SCALE: how many Deployments, a multiple of 4)")
	}
	m := many{n}
	kubectl(b, clusterTool(b, "", clusterTools(b).Program, "crds", "gateway"), "apply", "--server-side", "-f", "-")
	kubeconfig := scaleKubeconfig(b)
	kubectl(b, "", "create", "namespace", scaleNamespace)
	began := time.Now()
	empty := m.open(b, kubeconfig, "no deployments")
	b.Logf("without any Deployment the console is there after %.2f s", time.Since(began).Seconds())
	time.Sleep(calm)
	base := empty.resident(b)
	empty.close()
	began = time.Now()
	m.create(b)
	b.Logf("%d Deployments, %d pods, %d rows, made in %.0f s", n, n*podsEach, m.rows(), time.Since(began).Seconds())
	time.Sleep(aftermath)
	for b.Loop() {
		m.lists(b, kubeconfig)
		m.console(b, kubeconfig, base)
		m.beside(b, kubeconfig)
	}
}

// scaleCommand is that of the binary which people get, not of the test's.
func scaleCommand(b *testing.B, kubeconfig string, args ...string) *exec.Cmd {
	b.Helper()
	cmd := pitwallCommand(b, filepath.Join(b.TempDir(), "state"), append([]string{"--backend", "k8s:///" + scaleNamespace}, args...)...)
	cmd.Path = os.Getenv("PITWALL_BINARY")
	cmd.Env = append(cmd.Env, "KUBECONFIG="+kubeconfig)
	return cmd
}

// lists reads the whole fleet once, by the command line.
func (m many) lists(b *testing.B, kubeconfig string) {
	cmd := scaleCommand(b, kubeconfig, "get", "deployments", "-o", "json")
	began := time.Now()
	a := finish(b, cmd)
	b.ReportMetric(time.Since(began).Seconds(), "s/list")
	var list []struct {
		Variants []struct{ Ready int }
	}
	if err := json.Unmarshal([]byte(a.stdout), &list); err != nil {
		b.Fatalf("%v: %s", err, a.stderr)
	}
	variants, ready := 0, 0
	for _, d := range list {
		variants += len(d.Variants)
		for _, v := range d.Variants {
			ready += v.Ready
		}
	}
	if len(list) != m.rows() || variants != m.workloads || ready != m.workloads*podsEach {
		b.Fatalf("it lists %d deployments with %d variants and %d ready replicas, want %d, %d and %d",
			len(list), variants, ready, m.rows(), m.workloads, m.workloads*podsEach)
	}
}

const (
	aftermath = 20 * time.Second // after which the control plane is done with what was made
	calm      = 10 * time.Second // after which nothing of a start goes on
	window    = 30 * time.Second // over which CPU time is taken
)

// console measures one that stays open.
func (m many) console(b *testing.B, kubeconfig string, base float64) {
	before := requests(b)
	began := time.Now()
	x := m.open(b, kubeconfig, strconv.Itoa(m.rows())+" deployments")
	b.ReportMetric(time.Since(began).Seconds(), "s/complete")
	time.Sleep(calm)
	b.ReportMetric(float64(requests(b)-before), "requests/start")
	resident := x.resident(b)
	b.ReportMetric(resident/(1<<20), "MiB-resident")
	b.ReportMetric((resident-base)/1024/float64(m.workloads*podsEach), "KiB/pod")

	before, sent := requests(b), x.count()
	b.ReportMetric(x.busy(b), "%-core-rest")
	b.ReportMetric(float64(requests(b)-before)/window.Minutes(), "requests/min-rest")
	b.ReportMetric(float64(x.count()-sent)/window.Seconds()/1024, "KiB/s-terminal-rest")

	half, most := x.keys(b)
	b.ReportMetric(half, "ms/key-p50")
	b.ReportMetric(most, "ms/key-p99")
	b.ReportMetric(x.unfilter(b, strconv.Itoa(m.rows())+" deployments"), "ms/clear-filter")

	stop := churn(b, 50)
	time.Sleep(2 * time.Second)
	b.ReportMetric(x.busy(b), "%-core-50-changes/s")
	b.Logf("%d pods were changed in about %v", stop(), window)
	b.ReportMetric(x.resident(b)/(1<<20), "MiB-resident-after")
	x.close()
}

// watched is a console in a terminal of 200×60.
type watched struct{ *terminal }

// open starts one, and waits until it shows a text.
func (m many) open(b *testing.B, kubeconfig, shows string) watched {
	b.Helper()
	x := watched{startTerminal(b, 200, 60, scaleCommand(b, kubeconfig))}
	x.within(time.Minute, shows)
	return x
}

func (x watched) close() {
	x.press("q")
	_ = x.exits()
}

// resident is the memory that the console has, in bytes.
func (x watched) resident(b *testing.B) float64 {
	b.Helper()
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", x.cmd.Process.Pid))
	if err != nil {
		b.Fatal(err)
	}
	for line := range strings.Lines(string(text)) {
		if value, ok := strings.CutPrefix(line, "VmRSS:"); ok {
			kib, _ := strconv.ParseFloat(strings.Fields(value)[0], 64)
			return kib * 1024
		}
	}
	b.Fatal("the kernel tells no VmRSS")
	return 0
}

// busy is the share of one core that the console takes over the window, in percent.
func (x watched) busy(b *testing.B) float64 {
	b.Helper()
	before := x.ticks(b)
	time.Sleep(window)
	const perSecond = 100 // USER_HZ, as proc(5) has it
	return 100 * (x.ticks(b) - before) / perSecond / window.Seconds()
}

// ticks is the CPU time of the console: fields 14 and 15 of proc_pid_stat(5).
func (x watched) ticks(b *testing.B) float64 {
	b.Helper()
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", x.cmd.Process.Pid))
	if err != nil {
		b.Fatal(err)
	}
	fields := strings.Fields(string(text[strings.LastIndexByte(string(text), ')')+1:]))
	user, _ := strconv.ParseFloat(fields[11], 64)
	system, _ := strconv.ParseFloat(fields[12], 64)
	return user + system
}

// keys moves the cursor, and tells how long it took until something was
// painted, in milliseconds: half of the times, and 99 of 100.
func (x watched) keys(b *testing.B) (half, most float64) {
	b.Helper()
	var took []float64
	for i := range 100 {
		before, began := x.count(), time.Now()
		x.press("jk"[i%2 : i%2+1])
		for x.count() == before {
			if time.Since(began) > 5*time.Second {
				b.Fatal("a key paints nothing")
			}
			time.Sleep(100 * time.Microsecond)
		}
		took = append(took, float64(time.Since(began).Microseconds())/1000)
		time.Sleep(30 * time.Millisecond)
	}
	slices.Sort(took)
	return took[len(took)/2], took[len(took)-1]
}

// unfilter filters, and tells how long it takes in milliseconds until all rows
// are there again.
func (x watched) unfilter(b *testing.B, all string) float64 {
	b.Helper()
	x.press("/")
	x.press("pair-0")
	x.press("\r")
	x.until("/ pair-0")
	time.Sleep(time.Second)
	began := time.Now()
	x.press("\x1b")
	for !strings.Contains(x.text(), all) {
		if time.Since(began) > 5*time.Second {
			b.Fatalf("the filter stays:\n%s", x.picture())
		}
		time.Sleep(time.Millisecond)
	}
	return float64(time.Since(began).Microseconds()) / 1000
}
