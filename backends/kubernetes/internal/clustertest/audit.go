package clustertest

import (
	"bufio"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"
)

// Audited is the group of the users whose requests are kept: see Requests.
const Audited = "audited"

// Request is what a user asked the API server for.
type Request struct {
	Verb     string
	Group    string
	Resource string // a subresource as "pods/log"
	Denied   bool
}

// Requests are all different requests for resources that a user of the group Audited made so far.
func (c *Cluster) Requests(t testing.TB, user string) map[Request]bool {
	t.Helper()
	all, err := c.RequestsOf(user)
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// RequestsOf is Requests without a test.
func (c *Cluster) RequestsOf(user string) (map[Request]bool, error) {
	file, err := os.Open(filepath.Join(c.dir, "logs", "audit.log"))
	if err != nil {
		return nil, err
	}
	defer file.Close()
	out := map[Request]bool{}
	lines := bufio.NewScanner(file)
	lines.Buffer(nil, 16<<20)
	for lines.Scan() {
		var event struct {
			Verb      string
			User      struct{ Username string }
			ObjectRef struct{ Resource, APIGroup, Subresource string }
			Status    struct{ Code int } `json:"responseStatus"`
		}
		if err := json.Unmarshal(lines.Bytes(), &event); err != nil {
			return nil, err
		}
		if event.User.Username != user || event.ObjectRef.Resource == "" {
			continue
		}
		r := Request{Verb: event.Verb, Group: event.ObjectRef.APIGroup, Resource: event.ObjectRef.Resource, Denied: event.Status.Code == 403}
		if event.ObjectRef.Subresource != "" {
			r.Resource += "/" + event.ObjectRef.Subresource
		}
		out[r] = true
	}
	return out, lines.Err()
}
