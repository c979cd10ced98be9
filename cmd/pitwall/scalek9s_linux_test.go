package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"
)

// beside measures k9s on the same cluster, in the same terminal, right after:
// its tables of Deployments and of pods, of which pitwall's fleet shows both.
// K9S is the path of the program.
func (m many) beside(b *testing.B, kubeconfig string) {
	program := os.Getenv("K9S")
	if program == "" {
		b.Log("k9s was not measured: K9S=PATH of its program")
		return
	}
	for command, first := range map[string]string{"deployments": "model-0000", "pods": "model-0000-"} { // it paints a table when it has all rows
		home := b.TempDir()
		cmd := exec.Command(program, "--kubeconfig", kubeconfig, "--namespace", scaleNamespace, "--command", command)
		cmd.Env = append(os.Environ(), "HOME="+home, "K9S_CONFIG_DIR="+filepath.Join(home, "k9s"), "K9S_LOGS_DIR="+home,
			"XDG_STATE_HOME="+home, "XDG_DATA_HOME="+home, "TERM=xterm-256color")
		before, began := requests(b), time.Now()
		x := watched{startTerminal(b, 200, 60, cmd)}
		x.within(time.Minute, first)
		unit := "/k9s-" + command
		b.ReportMetric(time.Since(began).Seconds(), "s"+unit)
		time.Sleep(calm)
		b.ReportMetric(x.resident(b)/(1<<20), "MiB"+unit)
		b.ReportMetric(x.busy(b), "%-core-rest"+unit)
		b.ReportMetric(float64(requests(b)-before), "requests"+unit)
		x.press("\x03")
		_ = x.exits()
	}
}
