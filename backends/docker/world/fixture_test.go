package world

import (
	"crypto/sha256"
	"fmt"
	"maps"
	"strings"
	"time"

	"pitwall/backends/docker/engine"
)

var made = time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)

// at is minutes after the first containers were made.
func at(minutes int) time.Time { return made.Add(time.Duration(minutes) * time.Minute) }

// running is a container that runs since made.
func running(name string, labels map[string]string) engine.Container {
	return engine.Container{
		ID: fmt.Sprintf("%x", sha256.Sum256([]byte(name))), Name: name, Image: "registry.example:5000/churn:1.0.0", ImageID: "sha256:0123456789abcdef0123", Created: made, Labels: labels,
		Command: []string{"/pitwall", "serve", "/model.onnx"}, Status: "running", PID: 4711, StartedAt: made.Add(time.Second), Restart: "unless-stopped",
		Health: engine.Health{Status: "healthy"}, Networks: map[string]string{"shop_default": "172.18.0.2"},
		Ports: []engine.Port{{Container: 8080, Protocol: "tcp"}}, MemoryLimit: 64 << 20,
	}
}

// with is a container after changes.
func with(c engine.Container, edit func(*engine.Container)) engine.Container {
	c.Labels, c.Networks = maps.Clone(c.Labels), maps.Clone(c.Networks)
	edit(&c)
	return c
}

// exited is a container that ended with a status.
func exited(c engine.Container, code int, at time.Time) engine.Container {
	return with(c, func(c *engine.Container) {
		c.Status, c.ExitCode, c.PID, c.FinishedAt, c.Health = "exited", code, 0, at, engine.Health{}
		for n := range c.Networks {
			c.Networks[n] = ""
		}
	})
}

// own are pitwall's labels; pairs add to them or change them.
func own(deployment, variant string, revision, number int, pairs ...string) map[string]string {
	l := map[string]string{LabelDeployment: deployment, LabelVariant: variant, LabelRole: RoleReplica, LabelVersion: fmt.Sprintf("%d.0.0", revision),
		LabelRevision: fmt.Sprint(revision), LabelReplica: fmt.Sprint(number)}
	for i := 0; i+1 < len(pairs); i += 2 {
		l[pairs[i]] = pairs[i+1]
	}
	return l
}

// compose are the labels that Compose writes; version 1 and 2 differ in more
// than pitwall reads.
func compose(version int, project, service string, number int, pairs ...string) map[string]string {
	l := map[string]string{ComposeProject: project, ComposeService: service, ComposeNumber: fmt.Sprint(number), ComposeOneOff: "False",
		"com.docker.compose.config-hash": "c0ffee", "com.docker.compose.project.working_dir": "/srv/" + project}
	if version == 1 {
		l["com.docker.compose.version"], l["com.docker.compose.project.config_files"] = "1.29.2", "docker-compose.yml"
	} else {
		l["com.docker.compose.version"], l["com.docker.compose.project.config_files"] = "2.40.3", "/srv/"+project+"/compose.yaml"
		l["com.docker.compose.depends_on"], l["com.docker.compose.image"] = "", "sha256:0123"
	}
	for i := 0; i+1 < len(pairs); i += 2 {
		l[pairs[i]] = pairs[i+1]
	}
	return l
}

// nginx is a front door of a Compose project.
func nginx(name, project, service string) engine.Container {
	return with(running(name, compose(2, project, service, 1)), func(c *engine.Container) {
		c.Command = []string{"/docker-entrypoint.sh", "nginx", "-g", "daemon off;"}
		c.Image = "nginx:1.27"
	})
}

// shop is a Compose project with a deployment churn: A ×2, B ×1 and nginx.
func shop(version int, project string) []engine.Container {
	dash := map[int]string{1: "_", 2: "-"}[version]
	name := func(service string, n int) string { return fmt.Sprintf("%s%s%s%s%d", project, dash, service, dash, n) }
	return []engine.Container{
		nginx(name("nginx", 1), project, "nginx"),
		running(name("churn-b", 1), compose(version, project, "churn-b", 1)),
		running(name("churn-a", 2), compose(version, project, "churn-a", 2)),
		running(name("churn-a", 1), compose(version, project, "churn-a", 1)),
		running(name("db", 1), compose(version, project, "db", 1)),
	}
}

// summary writes deployments as one line each, for comparing.
func summary(list []Deployment) string {
	var out []string
	for _, d := range list {
		line := d.Name
		if d.Door != nil {
			line += " door=" + d.Door.Name + ":" + d.DoorKind
		}
		if d.Monitor != nil {
			line += " monitor=" + d.Monitor.Name
		}
		for _, v := range d.Variants {
			line += " " + v.Name + "[" + names(v.Members) + "]"
			if v.Kept != nil {
				line += " kept[" + names(v.Kept) + "]"
			}
		}
		out = append(out, line)
	}
	return strings.Join(out, "\n")
}

func names(list []Member) string {
	var out []string
	for _, m := range list {
		out = append(out, m.Container.Name)
	}
	return strings.Join(out, " ")
}
