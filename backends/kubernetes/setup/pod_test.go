package setup

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	core "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/yaml"

	"pitwall/backends"
)

// read reads an object that a test has as YAML.
func read[T any](t *testing.T, text string) *T {
	t.Helper()
	out := new(T)
	if err := yaml.UnmarshalStrict([]byte(text), out); err != nil {
		t.Fatal(err)
	}
	return out
}

// marked stands for values that must not leave the package.
const marked = "m4rked-value"

// fullPod is a pod with everything that the checklist asks about.
const fullPod = `
metadata: {name: fraud-1, labels: {app: fraud}}
spec:
  terminationGracePeriodSeconds: 45
  securityContext: {runAsUser: 2000}
  initContainers:
  - {name: fetch, image: "registry.test/fetch:1", resources: {limits: {memory: 64Mi, cpu: 100m}}, securityContext: {runAsUser: 0}}
  - {name: agent, image: "registry.test/agent:1", restartPolicy: Always}
  containers:
  - {name: istio-proxy, image: "istio/proxyv2:1.30"}
  - name: model
    image: registry.test/fraud:1.0.0
    ports: [{name: http, containerPort: 8080}]
    resources: {requests: {cpu: 250m, memory: 128Mi}, limits: {memory: 256Mi, cpu: "0"}}
    readinessProbe: {httpGet: {path: ready, port: http}, periodSeconds: 5}
    livenessProbe: {httpGet: {path: "/health?token=m4rked-value", port: 8443, scheme: HTTPS}}
    startupProbe: {exec: {command: [check, --password, m4rked-value]}, periodSeconds: 1}
    lifecycle: {preStop: {sleep: {seconds: 5}}}
    securityContext: {runAsNonRoot: true, runAsUser: 1000}
    envFrom:
    - {configMapRef: {name: settings}, prefix: CFG_}
    - {secretRef: {name: hidden}}
    - {configMapRef: {name: gone}}
    - {configMapRef: {name: gone, optional: true}}
    env:
    - {name: PLAIN, value: m4rked-value}
    - {name: CFG_MODE, value: "its own"}
    - {name: PASSWORD, valueFrom: {secretKeyRef: {name: db, key: password}}}
    - {name: USER, valueFrom: {secretKeyRef: {name: db, key: user}}}
    - {name: MAYBE, valueFrom: {secretKeyRef: {name: db, key: user, optional: true}}}
    - {name: URL, valueFrom: {configMapKeyRef: {name: gone, key: url}}}
    - {name: TOKEN, valueFrom: {secretKeyRef: {name: hidden, key: token}}}
    - {name: POD_IP, valueFrom: {fieldRef: {fieldPath: status.podIP}}}
    - {name: CORES, valueFrom: {resourceFieldRef: {resource: limits.cpu}}}
    - {name: SEALED, valueFrom: {fileKeyRef: {volumeName: env, path: e, key: SEALED}}}
status:
  containerStatuses:
  - {name: model, image: "registry.test/fraud:1.0.0", imageID: "registry.test/fraud@sha256:feed", ready: true, restartCount: 0}
`

var held = map[Source]Held{
	{Name: "settings"}:             {Keys: []string{"LEVEL", "MODE", "no=name"}},
	{Name: "gone"}:                 {Gone: true},
	{Secret: true, Name: "db"}:     {Keys: []string{"password"}},
	{Secret: true, Name: "hidden"}: {Unseen: "not permitted: get secrets"},
}

func TestContainers(t *testing.T) {
	p := OfPod(read[core.Pod](t, fullPod), "pod prod/fraud-1", "model")
	list := p.Containers(held)
	var roles []string
	for _, c := range list {
		roles = append(roles, c.Name+" "+string(c.Role))
	}
	if want := []string{"model server", "istio-proxy sidecar", "fetch init", "agent sidecar"}; !slices.Equal(roles, want) {
		t.Fatalf("they are %q, want %q", roles, want)
	}
	c := list[0]
	if c.Image != "registry.test/fraud:1.0.0" || c.Digest != "sha256:feed" || c.CPURequest != 0.25 || c.MemoryRequest != 128<<20 || c.MemoryLimit != 256<<20 || !math.IsNaN(c.CPULimit) {
		t.Errorf("the server is %+v", c)
	}
	if c.Readiness != "GET :8080/ready every 5s" || !strings.HasPrefix(c.Liveness, "GET https://:8443/health?") || !strings.HasSuffix(c.Liveness, " every 10s") || !strings.HasPrefix(c.Startup, "check --password ") {
		t.Errorf("it is asked %q, %q, %q", c.Readiness, c.Liveness, c.Startup)
	}
	if fetch := list[2]; fetch.CPURequest != 0.1 || fetch.MemoryRequest != 64<<20 {
		t.Errorf("a request that is not given is that of the limit: %+v", fetch)
	}
	if proxy := list[1]; !math.IsNaN(proxy.MemoryLimit) || !math.IsNaN(proxy.CPURequest) || proxy.Digest != "" {
		t.Errorf("of nothing there is %+v", proxy)
	}
	if text := fmt.Sprintf("%+v", list); strings.Contains(text, marked) {
		t.Errorf("a value is told: %s", text)
	}
}

func TestVariables(t *testing.T) {
	p := OfPod(read[core.Pod](t, fullPod), "", "model")
	var got []string
	for _, v := range p.Containers(held)[0].Env {
		got = append(got, fmt.Sprintf("%s: %s %t %s%s", v.Name, v.From, v.Literal, v.Broken, v.Unseen))
	}
	want := []string{
		"*: config map gone false config map gone does not exist",
		"*: secret hidden false not permitted: get secrets",
		"CFG_LEVEL: config map settings/LEVEL false ",
		"CFG_MODE: literal true ",
		"CORES: field limits.cpu false ",
		"PASSWORD: secret db/password false ",
		"PLAIN: literal true ",
		"POD_IP: field status.podIP false ",
		"SEALED: file false ",
		"TOKEN: secret hidden/token false not permitted: get secrets",
		"URL: config map gone/url false config map gone does not exist",
		"USER: secret db/user false secret db has no key user",
	}
	if !slices.Equal(got, want) {
		t.Errorf("variables\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	sources := p.Sources()
	if want := []Source{{false, "settings"}, {true, "hidden"}, {false, "gone"}, {true, "db"}}; !slices.Equal(sources, want) {
		t.Errorf("they are taken from %v, want %v", sources, want)
	}
}

func TestUser(t *testing.T) {
	for name, c := range map[string]struct {
		spec string
		want backends.User
	}{
		"nothing is said":      {`{containers: [{name: m}]}`, backends.User{UID: -1, From: "image"}},
		"the pod says":         {`{securityContext: {runAsUser: 7}, containers: [{name: m}]}`, backends.User{UID: 7, From: "pod"}},
		"the container says":   {`{securityContext: {runAsUser: 7}, containers: [{name: m, securityContext: {runAsUser: 0}}]}`, backends.User{From: "container"}},
		"no root":              {`{securityContext: {runAsNonRoot: true}, containers: [{name: m}]}`, backends.User{UID: -1, From: "pod", NotRoot: true}},
		"no root but this one": {`{securityContext: {runAsNonRoot: true}, containers: [{name: m, securityContext: {runAsNonRoot: false}}]}`, backends.User{UID: -1, From: "pod"}},
		"no root, and who":     {`{securityContext: {runAsNonRoot: true}, containers: [{name: m, securityContext: {runAsUser: 9}}]}`, backends.User{UID: 9, From: "container", NotRoot: true}},
	} {
		p := Pod{Spec: *read[core.PodSpec](t, c.spec), From: "x"}
		if got := p.Containers(nil)[0].User; got.Value != c.want || got.From != "x" {
			t.Errorf("%s: %+v, want %+v", name, got, c.want)
		}
	}
	seen := OfPod(read[core.Pod](t, `{spec: {containers: [{name: m}]}, status: {containerStatuses: [{name: m, image: i, imageID: "", ready: true, restartCount: 0, user: {linux: {uid: 33, gid: 33}}}]}}`), "x", "m")
	if got := seen.Containers(nil)[0].User.Value; got != (backends.User{UID: 33, From: "process"}) {
		t.Errorf("the kubelet saw %+v", got)
	}
}

// TestResourcesOfThePod: what is given to a pod as a whole its containers share.
func TestResourcesOfThePod(t *testing.T) {
	p := Pod{Spec: *read[core.PodSpec](t, `{resources: {limits: {memory: 1Gi}}, containers: [{name: m, resources: {limits: {cpu: 2}}}]}`)}
	if c := p.Containers(nil)[0]; c.MemoryLimit != 1<<30 || c.MemoryRequest != 1<<30 || c.CPULimit != 2 || c.CPURequest != 2 {
		t.Errorf("it has %+v", c)
	}
	if got := (Pod{}).Containers(nil); got != nil {
		t.Errorf("a pod without containers has %+v", got)
	}
}

func TestAsked(t *testing.T) {
	for text, want := range map[string]string{
		`{grpc: {port: 9000, service: model}}`:                "gRPC :9000 model every 10s",
		`{tcpSocket: {port: named}, periodSeconds: 3}`:        "TCP :named every 3s",
		`{httpGet: {port: 80, host: h, path: /x}}`:            "GET h:80/x every 10s",
		`{failureThreshold: 3}`:                               "",
		`{exec: {command: [cat, /tmp/x]}, periodSeconds: 60}`: "cat /tmp/x every 1m0s",
	} {
		if got := asked(read[core.Probe](t, text), core.Container{}); got != want {
			t.Errorf("%s is %q, want %q", text, got, want)
		}
	}
}
