package clustertest

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"testing"
	"time"
)

// The components that Kill and Freeze take.
const (
	APIServer         = "kube-apiserver"
	ControllerManager = "kube-controller-manager"
	Scheduler         = "kube-scheduler"
	Nodes             = "kwok"
)

// Kill ends a component at once, as a crash would. Nothing starts it again but Start.
func (c *Cluster) Kill(t testing.TB, component string) { t.Helper(); c.tell(t, "kill/"+component) }

// Start starts a component that was killed: an API server at the same port with the same data, and returns when it is
// ready.
func (c *Cluster) Start(t testing.TB, component string) { t.Helper(); c.tell(t, "start/"+component) }

// Revive starts what asks the API server anew. After some restarts of it in two minutes client-go's watches wait up to a
// minute each before they ask again.
func (c *Cluster) Revive(t testing.TB) {
	t.Helper()
	for _, component := range []string{ControllerManager, Scheduler, Nodes} {
		c.Kill(t, component)
		c.Start(t, component)
	}
}

// Freeze stops a component where it is: connections stay open and nothing answers. Thaw lets it go on.
func (c *Cluster) Freeze(t testing.TB, component string) { t.Helper(); c.tell(t, "freeze/"+component) }

// Thaw ends what Freeze began.
func (c *Cluster) Thaw(t testing.TB, component string) { t.Helper(); c.tell(t, "thaw/"+component) }

// Slow makes etcd slow: each of its answers is held back for delay. 0 ends it.
func (c *Cluster) Slow(t testing.TB, delay time.Duration) {
	t.Helper()
	c.tell(t, "slow/"+delay.String())
}

// Cut takes etcd away from the API server, which goes on answering what it can. Mend gives it back.
func (c *Cluster) Cut(t testing.TB) { t.Helper(); c.tell(t, "down") }

// Mend ends what Cut began.
func (c *Cluster) Mend(t testing.TB) { t.Helper(); c.tell(t, "mend") }

// Expire starts the API server again without its memory of the past: every watch ends, and one that goes on from where
// it was is answered 410 Gone.
func (c *Cluster) Expire(t testing.TB) { t.Helper(); c.tell(t, "expire") }

// tell sends a command of testdata/cluster/control.go.
func (c *Cluster) tell(t testing.TB, command string) {
	t.Helper()
	if err := c.post(command); err != nil {
		t.Fatalf("%s: %v", command, err)
	}
}

func (c *Cluster) post(command string) error {
	dial := func(ctx context.Context, _, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "unix", c.Control)
	}
	transport := &http.Transport{DialContext: dial}
	defer transport.CloseIdleConnections()
	client := http.Client{Transport: transport, Timeout: 2 * time.Minute}
	answer, err := client.Post("http://cluster/"+command, "", nil)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err == nil && answer.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s: %s", answer.Status, text)
	}
	return err
}
