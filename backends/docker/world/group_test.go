package world

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"pitwall/backends/docker/engine"
)

var churnNames = func(project string) []Service {
	return []Service{
		{Project: project, Service: "scorer", Labels: map[string]string{LabelDeployment: "fraud", LabelPort: "9000", LabelProfile: "triton"}},
		{Service: "scorer-new", Labels: map[string]string{LabelDeployment: "fraud", LabelVariant: "b"}},
	}
}

func TestGroup(t *testing.T) {
	type C = engine.Container
	door := func(c C) C {
		return with(c, func(c *C) { c.Labels[LabelRole] = RoleDoor })
	}
	for name, test := range map[string]struct {
		containers []C
		options    Options
		want       string // as summary writes it
		note       string // a part of one, "" for none at all
	}{
		"nothing": {},
		"compose 1": {containers: shop(1, "shop"),
			want: "churn door=shop_nginx_1:nginx A[shop_churn-a_1 shop_churn-a_2] B[shop_churn-b_1]"},
		"compose 2": {containers: shop(2, "shop"),
			want: "churn door=shop-nginx-1:nginx A[shop-churn-a-1 shop-churn-a-2] B[shop-churn-b-1]"},
		"underscores, and a name that tells nothing": {containers: []C{
			running("zebra", compose(2, "shop", "churn_a", 1)), running("apple", compose(2, "shop", "churn_b", 1)), nginx("door", "shop", "web")},
			want: "churn door=door:nginx A[zebra] B[apple]"},
		"a one-off command is none of it": {containers: append(shop(2, "shop"),
			running("shop-churn-a-run-1", compose(2, "shop", "churn-a", 1, ComposeOneOff, "True"))),
			want: "churn door=shop-nginx-1:nginx A[shop-churn-a-1 shop-churn-a-2] B[shop-churn-b-1]"},
		"no A, no deployment": {containers: []C{running("x", compose(2, "shop", "plan-b", 1))}},
		"a service that looks like a variant runs the front door": {containers: []C{
			nginx("g", "shop", "edge-a"), running("m", compose(2, "shop", "edge-b", 1))}},
		"own labels before the names of services": {containers: []C{
			running("a", compose(2, "shop", "churn-a", 1, LabelDeployment, "fraud")), running("b", compose(2, "shop", "churn-b", 1)), nginx("n", "shop", "nginx")},
			want: "fraud door=n:nginx A[a]"},
		"pitwall's containers in the place of those of Compose": {containers: []C{
			nginx("n", "shop", "nginx"),
			exited(running("shop-churn-a-1", compose(2, "shop", "churn-a", 1)), 143, at(3)),
			with(running("churn-a-r2-1", nil), func(c *C) {
				c.Labels = compose(2, "shop", "churn-a", 1, LabelDeployment, "churn", LabelVariant, "A", LabelRevision, "2", LabelReplica, "1")
				c.Created, c.StartedAt = at(2), at(2)
			}),
			running("shop-churn-b-1", compose(2, "shop", "churn-b", 1))},
			want: "churn door=n:nginx A[churn-a-r2-1] kept[shop-churn-a-1] B[shop-churn-b-1]"},
		"the configuration names services": {containers: []C{
			running("s1", compose(2, "bank", "scorer", 1)), running("s2", compose(2, "bank", "scorer-new", 1)),
			running("s3", compose(2, "other", "scorer", 1)), nginx("n", "bank", "edge")},
			options: Options{Services: churnNames("bank")}, want: "fraud door=n:nginx A[s1] B[s2]"},
		"own labels": {containers: []C{
			running("churn-b-r1-1", own("churn", "b", 1, 1)), running("churn-a-r1-2", own("churn", "A", 1, 2)), running("churn-a-r1-1", own("churn", "", 1, 1)),
			door(running("gw", own("churn", "", 0, 0, LabelDoor, "gateway"))), running("prom", map[string]string{LabelRole: RoleMonitor, LabelDeployment: "churn"}),
			running("load", own("churn", "", 0, 0, LabelRole, RoleTraffic)), running("l", own("churn", "", 0, 0, LabelRole, RoleLedger))},
			want: "churn door=gw:gateway monitor=prom A[churn-a-r1-1 churn-a-r1-2] B[churn-b-r1-1]"},
		"a stack shares its front door and its monitor": {containers: []C{
			running("a", own("churn", "A", 1, 1, LabelStack, "demo")),
			running("gw", map[string]string{LabelStack: "demo", LabelRole: RoleDoor, LabelDoor: "gateway"}),
			running("prom", map[string]string{LabelStack: "demo", LabelRole: RoleMonitor})},
			want: "churn door=gw:gateway monitor=prom A[a]"},
		"two projects with one name": {containers: append(shop(1, "shop"), shop(2, "test")...),
			want: "churn door=shop_nginx_1:nginx A[shop_churn-a_1 shop_churn-a_2] B[shop_churn-b_1]\n" +
				"churn@test door=test-nginx-1:nginx A[test-churn-a-1 test-churn-a-2] B[test-churn-b-1]", note: "also names a deployment of project shop: this one is shown as churn@test"},
		"a name that is taken": {containers: []C{
			running("1", own("m", "A", 1, 1, LabelStack, "s1")), running("2", own("m", "A", 1, 1, LabelStack, "s2")), running("3", own("m@s2", "A", 1, 1))},
			want: "m A[1]\nm@s2 A[3]\nm@s2@s2 A[2]", note: "shown as m@s2@s2"},
		"a front door outside of the project says whose it is": {containers: []C{
			running("a", compose(2, "shop", "churn-a", 1)), door(with(running("edge", own("churn", "", 1, 1)), func(c *C) { c.Command = []string{"haproxy", "-f", "/x"} }))},
			want: "churn door=edge:haproxy A[a]"},
		"a front door that nobody can tell": {containers: []C{running("a", own("churn", "A", 1, 1)), door(running("x", own("churn", "A", 1, 1)))},
			want: "churn door=x: A[a]", note: "does not tell what kind of front door"},
		"no front door": {containers: []C{running("a", own("churn", "A", 1, 1))}, want: "churn A[a]", note: "no front door was found"},
		"the front door that runs": {containers: []C{
			running("a", compose(2, "shop", "churn-a", 1)), exited(nginx("n1", "shop", "nginx"), 0, at(1)), nginx("n2", "shop", "nginx")},
			want: "churn door=n2:nginx A[a]"},
		"two front doors": {containers: []C{
			running("a", compose(2, "shop", "churn-a", 1)), nginx("n1", "shop", "edge"), nginx("n2", "shop", "inner")},
			want: "churn door=n1:nginx A[a]", note: "2 containers may be the front door"},
		"the front door of two deployments": {containers: []C{
			running("a", compose(2, "shop", "churn-a", 1)), running("f", compose(2, "shop", "fraud-a", 1)),
			nginx("n1", "shop", "edge"), nginx("n2", "shop", "fraud-nginx")},
			want: "churn door=n1:nginx A[a]\nfraud door=n2:nginx A[f]", note: "may be the front door"},
		"no stable variant": {containers: []C{running("x", own("m", "green", 1, 1))}, want: "m green[x]", note: "no container is variant A"},
	} {
		t.Run(name, func(t *testing.T) {
			got := Group(test.containers, test.options)
			if summary(got) != test.want {
				t.Errorf("got\n%s\nwant\n%s", summary(got), test.want)
			}
			var notes []string
			for _, d := range got {
				notes = append(append(notes, d.Notes...), d.Remarks...)
			}
			if all := strings.Join(notes, "\n"); test.note != "" && !strings.Contains(all, test.note) {
				t.Errorf("notes %q, want %q", all, test.note)
			}
			for range 5 {
				rand.Shuffle(len(test.containers), func(i, j int) {
					test.containers[i], test.containers[j] = test.containers[j], test.containers[i]
				})
				if again := summary(Group(test.containers, test.options)); again != summary(got) {
					t.Fatalf("in another order:\n%s", again)
				}
			}
		})
	}
}

func TestStoppedContainersAreKeptOrMissing(t *testing.T) {
	type C = engine.Container
	// r is replica 1 of A, of a revision that was made and started a minute after it.
	r := func(revision, started int) C {
		return with(running(fmt.Sprintf("r%d", revision), own("m", "A", revision, 1)), func(c *C) { c.Created, c.StartedAt = at(revision), at(started) })
	}
	unmade := running("c", compose(2, "shop", "m-a", 1))
	for name, test := range map[string]struct {
		containers []C
		want       string
	}{
		"the revision before":                           {[]C{exited(r(1, 1), 0, at(3)), r(2, 2)}, "A[r2] kept[r1]"},
		"the revision before, which does not drain":     {[]C{exited(r(1, 1), 143, at(3)), r(2, 2)}, "A[r2] kept[r1]"},
		"rolled back":                                   {[]C{r(1, 5), exited(r(2, 2), 137, at(6))}, "A[r1] kept[r2]"},
		"rolled back, all stopped":                      {[]C{exited(r(1, 5), 0, at(9)), exited(r(2, 2), 137, at(6))}, "A[] kept[r2 r1]"},
		"the new one fails while the old one serves":    {[]C{r(1, 1), exited(r(2, 2), 1, at(3))}, "A[r1 r2]"},
		"the only one was killed":                       {[]C{exited(r(1, 1), 137, at(3))}, "A[r1]"},
		"the only one ended by itself":                  {[]C{exited(r(1, 1), 3, at(3))}, "A[r1]"},
		"the only one was stopped":                      {[]C{exited(r(1, 1), 0, at(3))}, "A[] kept[r1]"},
		"killed at its limit":                           {[]C{with(exited(r(1, 1), 0, at(3)), func(c *C) { c.OOMKilled = true })}, "A[r1]"},
		"one of Compose that does not run":              {[]C{exited(unmade, 0, at(3))}, "A[c]"},
		"both run while it rolls":                       {[]C{r(2, 2), r(1, 1)}, "A[r1 r2]"},
		"made and not started":                          {[]C{r(1, 1), with(r(2, 2), func(c *C) { c.Status = "created" })}, "A[r1 r2]"},
		"without a number, one stopped and one running": {[]C{running("x", own("m", "A", 3, 0)), exited(running("y", own("m", "A", 2, 0)), 0, at(1))}, "A[x] kept[y]"},
	} {
		got := summary(Group(test.containers, Options{}))
		if _, got, _ = strings.Cut(got, " "); got != test.want {
			t.Errorf("%s: got %s, want %s", name, got, test.want)
		}
	}
}

func TestLabelsOfAMember(t *testing.T) {
	d := Group([]engine.Container{
		running("a", own("m", "A", 3, 2, LabelPort, "9000", LabelReady, "/healthz", LabelPredict, "/v1", LabelProfile, "triton", LabelSmoke, `{"x":1}`, LabelEnvironment, "staging")),
		with(running("b", own("m", "B", 1, 1, LabelPort, "70000", LabelRevision, "-5", LabelReplica, "99999999999999999999", LabelVersion, "", LabelEnvironment, "production")), func(c *engine.Container) {
			c.Ports = append(c.Ports, engine.Port{Container: 9090, Protocol: "tcp"})
		}),
	}, Options{})[0]
	m := d.Variants[0].Members[0]
	m.Container = engine.Container{}
	if want := (Member{Variant: "A", Version: "3.0.0", Revision: 3, Number: 2, Port: 9000, Ready: "/healthz", Predict: "/v1", Profile: "triton", Smoke: `{"x":1}`}); fmt.Sprint(m) != fmt.Sprint(want) {
		t.Errorf("got %+v, want %+v", m, want)
	}
	m = d.Variants[1].Members[0]
	if m.Port != 8080 || m.Revision != 0 || m.Number != 0 || m.Version != "1.0.0" || m.Ready != "/ready" || m.Profile != "pitwall" {
		t.Errorf("labels that make no sense gave %+v", m)
	}
	if d.Environment != "production" {
		t.Errorf("environment %q", d.Environment)
	}
	if n := len(slices.DeleteFunc(slices.Clone(d.Notes), func(s string) bool { return !strings.Contains(s, "no number from 1") })); n != 3 {
		t.Errorf("%d notes on labels: %q", n, d.Notes)
	}
}

func TestVersionOfAnImage(t *testing.T) {
	for reference, want := range map[string]string{
		"churn:1.2.0": "1.2.0", "registry:5000/team/churn:1.2.0": "1.2.0", "registry:5000/churn": "feedfacecafe", "churn@sha256:abc": "feedfacecafe",
		"churn:2@sha256:abc": "2", "sha256:feedfacecafebeef": "feedfacecafe", "feedfacecafebeef": "feedfacecafe", "": "feedfacecafe",
	} {
		f := fact{Container: engine.Container{Image: reference, ImageID: "sha256:feedfacecafebeef"}}
		if got := f.version(); got != want {
			t.Errorf("%q: %q, want %q", reference, got, want)
		}
	}
}

func TestKindOfAFrontDoor(t *testing.T) {
	for command, want := range map[string]string{
		"nginx": "nginx", "/docker-entrypoint.sh nginx -g daemon": "nginx", "/usr/sbin/nginx -c /x": "nginx", "openresty": "nginx",
		"docker-entrypoint.sh haproxy -f /x": "haproxy", "tini -- haproxy": "haproxy", "gosu nginx haproxy": "haproxy", "env A=b nginx": "nginx",
		"/pitwall gateway --listen :8080": "gateway", "pitwall serve": "", "python serve.py --upstream nginx": "", "nginx-prometheus-exporter": "", "": "", "sh": "",
	} {
		if got := runs(strings.Fields(command)); got != want {
			t.Errorf("%q: %q, want %q", command, got, want)
		}
	}
	if got := runs([]string{"/bin/sh", "-c", "exec nginx -g 'daemon off;'"}); got != "nginx" {
		t.Errorf("in a shell: %q", got)
	}
}

// FuzzGroup: whatever labels say, no container is lost or told twice, and the
// names of deployments are unique.
func FuzzGroup(f *testing.F) {
	f.Add("churn", "A", "1", "1", "shop", "churn-a")
	f.Add("\x1b[31m\n", "\x00", "-1", "1e9", "a@b", "_a")
	f.Add("", "", "", "", "\xff", "\xff-a")
	f.Fuzz(func(t *testing.T, deployment, variant, revision, number, project, service string) {
		l := map[string]string{LabelDeployment: deployment, LabelVariant: variant, LabelRevision: revision, LabelReplica: number}
		list := []engine.Container{
			running("1", l), exited(running("2", l), 1, at(1)), running("3", compose(2, project, service, 1)),
			running("4", compose(1, project, service, 2, LabelDeployment, deployment)), running("5", compose(2, project+"x", service, 1, LabelDeployment, deployment)),
		}
		seen := make(map[string]bool)
		for _, d := range Group(list, Options{}) {
			if seen["deployment "+d.Name] {
				t.Errorf("two deployments %q", d.Name)
			}
			seen["deployment "+d.Name] = true
			for _, v := range d.Variants {
				for _, m := range slices.Concat(v.Members, v.Kept) {
					if seen[m.Container.ID] {
						t.Errorf("%s is told twice", m.Container.Name)
					}
					seen[m.Container.ID] = true
					Replica(m, "")
				}
			}
		}
		if deployment != "" && (!seen[list[0].ID] || !seen[list[1].ID] || !seen[list[3].ID] || !seen[list[4].ID]) {
			t.Errorf("a labelled container is lost: %v", seen)
		}
	})
}

func BenchmarkGroup(b *testing.B) {
	var list []engine.Container
	for p := range 10 {
		project := fmt.Sprintf("p%d", p)
		list = append(list, nginx(project+"-n", project, "nginx"))
		for i := range 9 {
			list = append(list, running(fmt.Sprintf("%s-%d", project, i), compose(2, project, "churn-"+string(rune('a'+i%3)), i/3+1)))
		}
	}
	b.ReportAllocs()
	for b.Loop() {
		if len(Group(list, Options{})) != 10 {
			b.Fatal("not ten deployments")
		}
	}
}
