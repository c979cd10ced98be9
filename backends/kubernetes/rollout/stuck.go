package rollout

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"pitwall/backends"
	"pitwall/backends/internal/words"
	"pitwall/backends/kubernetes/objects"
)

// Blocker is a kind of reason why a rollout does not go on.
type Blocker string

// The blockers, in the order in which they are told when each holds up as many
// pods: what keeps pods from being made comes before what keeps them from
// running, and consequences come last.
const (
	BlockedByPause      Blocker = "paused"
	BlockedByQuota      Blocker = "quota"
	BlockedByAdmission  Blocker = "admission"
	BlockedByCreation   Blocker = "creation" // any other refusal of the API server
	BlockedByScheduler  Blocker = "unschedulable"
	BlockedByNode       Blocker = "node"
	BlockedByImage      Blocker = "image"
	BlockedByConfig     Blocker = "config" // a ConfigMap, a Secret or a command that is not there
	BlockedByVolume     Blocker = "volume"
	BlockedByCrash      Blocker = "crash"
	BlockedByProbe      Blocker = "probe"
	BlockedByOrder      Blocker = "order" // an ordered StatefulSet waits for a broken pod
	BlockedByStrategy   Blocker = "on-delete"
	BlockedByController Blocker = "controller" // nobody has looked at the change
	BlockedByDeadline   Blocker = "deadline"
	BlockedByBudget     Blocker = "disruption-budget"
)

// ranks are the blockers in the order above.
var ranks = []Blocker{BlockedByPause, BlockedByQuota, BlockedByAdmission, BlockedByCreation, BlockedByScheduler, BlockedByNode, BlockedByImage, BlockedByConfig,
	BlockedByVolume, BlockedByCrash, BlockedByProbe, BlockedByOrder, BlockedByStrategy, BlockedByController, BlockedByDeadline, BlockedByBudget}

// Reason is one reason why a rollout does not go on.
type Reason struct {
	Blocker  Blocker
	Cause    backends.Cause // "" where none fits
	Pods     int            // how many pods it holds up, 0 when it is not about single pods
	Text     string         // one sentence
	Evidence []string       // what the cluster says, foreign
	Next     string         // what to do
}

// Scene is what is known around one workload.
type Scene struct {
	Space    *objects.Space
	Workload *objects.Workload
	Events   []*objects.Event // of its namespace, in any order
	Nodes    []*objects.Node  // nil when they may not be read
}

// Stuck says why the rollout of a workload does not go on, the most telling
// reason first. It is empty when the rollout is done, or when it is under way
// and nothing speaks against it.
func Stuck(s Scene) []Reason {
	if Status(s.Workload).Phase == Done {
		return nil
	}
	var found []Reason
	found = append(found, s.held()...)
	found = append(found, s.refused()...)
	pods := s.pods()
	for _, look := range []func(*objects.Pod) (Reason, bool){s.unscheduled, s.nodeGone, s.container, s.volume, s.probe} {
		found = append(found, gather(pods, look)...)
	}
	found = append(found, s.order(pods)...)
	found = append(found, s.budgets(pods)...)
	slices.SortStableFunc(found, func(a, b Reason) int {
		return cmp.Or(cmp.Compare(tier(a), tier(b)), cmp.Compare(b.Pods, a.Pods), cmp.Compare(slices.Index(ranks, a.Blocker), slices.Index(ranks, b.Blocker)))
	})
	return found
}

// tier puts a pause first, causes next and consequences last.
func tier(r Reason) int {
	switch r.Blocker {
	case BlockedByPause:
		return 0
	case BlockedByStrategy, BlockedByController:
		return 2
	case BlockedByDeadline, BlockedByBudget:
		return 3
	}
	return 1
}

// held are the reasons that stand in the workload itself.
func (s Scene) held() []Reason {
	w := s.Workload
	name := Ref(w).String()
	var out []Reason
	if w.Paused {
		out = append(out, Reason{Blocker: BlockedByPause, Text: name + " is paused: changes of its template wait", Next: "resume it"})
	}
	if w.Strategy == onDelete && (w.Updated < w.Desired) {
		out = append(out, Reason{Blocker: BlockedByStrategy, Pods: w.Desired - w.Updated, Text: name + " has the strategy OnDelete: a pod is replaced only when somebody deletes it",
			Evidence: []string{fmt.Sprintf("%d of %d pods are of the newest template", w.Updated, w.Desired)}, Next: "delete its old pods one by one"})
	}
	if w.Generation > w.Observed {
		out = append(out, Reason{Blocker: BlockedByController, Text: "the controller of " + name + " has not looked at the change yet",
			Evidence: []string{fmt.Sprintf("generation %d, observed %d", w.Generation, w.Observed)},
			Next:     "if it stays so, look at kube-controller-manager"})
	}
	if c, ok := condition(w, "Progressing"); ok && deadlinePassed(w) {
		text := name + " made no progress within its deadline"
		if w.Deadline > 0 {
			text = fmt.Sprintf("%s made no progress within %d s", name, w.Deadline)
		}
		out = append(out, Reason{Blocker: BlockedByDeadline, Text: text + "; nothing is rolled back by itself", Evidence: []string{c.Reason + ": " + c.Message},
			Next: "heal the cause: it goes on by itself then"})
	}
	return out
}

// pods are the pods that the rollout waits for: of a Deployment those of its
// newest ReplicaSet, else all, as an old one may hold up the new ones.
func (s Scene) pods() []*objects.Pod {
	owner := s.Workload.UID
	if s.Workload.Kind == objects.Deployment {
		set := s.newest()
		if set == nil {
			return nil
		}
		owner = set.UID
	}
	var out []*objects.Pod
	for _, p := range s.Space.Pods {
		if p.Owner.UID == owner {
			out = append(out, p)
		}
	}
	return out
}

// newest is the ReplicaSet of a Deployment's template: that with the highest
// number.
func (s Scene) newest() *objects.Workload {
	var out *objects.Workload
	most := int64(-1)
	for _, set := range s.Space.Sets {
		if n, ok := revisionOf(set.Annotations); ok && set.Owner.UID == s.Workload.UID && n > most {
			out, most = set, n
		}
	}
	return out
}

// gather makes one reason of the same trouble of several pods.
func gather(pods []*objects.Pod, look func(*objects.Pod) (Reason, bool)) []Reason {
	var out []Reason
	for _, p := range pods {
		if p.Ready || p.Phase == "Succeeded" {
			continue
		}
		r, ok := look(p)
		if !ok {
			continue
		}
		for i, line := range r.Evidence {
			r.Evidence[i] = "pod " + p.Name + ": " + line
		}
		i := slices.IndexFunc(out, func(o Reason) bool { return o.Blocker == r.Blocker && o.Text == r.Text })
		if i < 0 {
			r.Pods = 1
			out = append(out, r)
			continue
		}
		out[i].Pods++
		out[i].Evidence = append(out[i].Evidence, r.Evidence...)
	}
	for i := range out {
		const most = 5
		if n := len(out[i].Evidence); n > most {
			out[i].Evidence = append(out[i].Evidence[:most:most], fmt.Sprintf("and %s more", words.Count(n-most, "line")))
		}
	}
	return out
}

// order tells of the pods that an ordered StatefulSet waits for though they are
// of an old revision.
func (s Scene) order(pods []*objects.Pod) []Reason {
	w := s.Workload
	if w.Kind != objects.StatefulSet || w.Update == "" {
		return nil
	}
	steps := trapped(w, pods, w.Update)
	if len(steps) == 0 {
		return nil
	}
	r := Reason{Blocker: BlockedByOrder, Pods: len(steps), Text: Ref(w).String() + " replaces one pod after the other and waits for one of an old revision that does not get ready (kubernetes#67250)"}
	var names []string
	for _, step := range steps {
		r.Evidence = append(r.Evidence, step.Text)
		names = append(names, step.Delete.Name)
	}
	r.Next = "delete pod " + strings.Join(names, ", ")
	return []Reason{r}
}

// budgets tells of budgets that allow no disruption. They hold up the drain of a
// node, never the controller of a workload, so they come last.
func (s Scene) budgets(pods []*objects.Pod) []Reason {
	var out []Reason
	for _, b := range s.Space.Budgets {
		if b.Allowed > 0 || !slices.ContainsFunc(pods, func(p *objects.Pod) bool { return objects.Matches(b.Selector, p.Labels) }) {
			continue
		}
		out = append(out, Reason{Blocker: BlockedByBudget, Text: "PodDisruptionBudget " + b.Name + " allows no disruption now: the drain of a node waits for it, the rollout itself does not",
			Evidence: []string{fmt.Sprintf("%d healthy, %d asked for, 0 disruptions allowed", b.Healthy, b.Asked)},
			Next:     "get the pods ready again; look for a node that is being drained"})
	}
	return out
}
