package stack

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"pitwall/backends/docker/engine"
	"pitwall/backends/docker/world"
)

// grafanaText adds the data source to an image of Grafana: a file in the image
// needs no directory of this machine.
const grafanaText = "FROM %s\n%s\nCOPY datasource.yaml /etc/grafana/provisioning/datasources/pitwall.yaml\n"

const datasourceText = `apiVersion: 1
datasources:
- {name: pitwall, type: prometheus, access: proxy, url: "http://monitor:%d", isDefault: true, jsonData: {timeInterval: 1s}}
`

// grafanaUser is who Grafana's own image runs as.
const grafanaUser = "472"

// grafanaRepositories are the images that count as Grafana.
var grafanaRepositories = []string{"grafana/grafana:", "grafana/grafana-oss:"}

// imageLister is what an engine has.
type imageLister interface {
	Images(ctx context.Context, label string) ([]engine.Image, error)
}

// grafanaTag is an image of Grafana that the engine has, "" without one.
func grafanaTag(ctx context.Context, e imageLister) (string, error) {
	images, err := e.Images(ctx, "")
	for _, i := range images {
		for _, tag := range i.Tags {
			if slices.ContainsFunc(grafanaRepositories, func(r string) bool { return strings.HasPrefix(tag, r) }) {
				return tag, nil
			}
		}
	}
	return "", err
}

func (o Options) grafanaName() string { return o.Name + "-grafana" }

// grafanaImage is Grafana with the monitor as its data source.
func (o Options) grafanaImage(tag string) image {
	datasource := fmt.Sprintf(datasourceText, apiPort)
	i := image{tag: o.Name + "/grafana:" + strings.TrimPrefix(tag[strings.LastIndexByte(tag, ':'):], ":"), content: digest(tag, grafanaText, datasource)}
	labels := o.imageLabels(i.content)
	i.files = map[string]engine.File{"Dockerfile": text(fmt.Sprintf(grafanaText, tag, labelLine(labels))), "datasource.yaml": text(datasource)}
	return i
}

// grafana shows the samples to whoever reaches the port on loopback, and lets
// nobody log in. What it keeps is lost with it.
func (o Options) grafana(image string) part {
	s := engine.Spec{Name: o.grafanaName(), Image: image, User: grafanaUser,
		Env: []string{"GF_AUTH_ANONYMOUS_ENABLED=true", "GF_AUTH_DISABLE_LOGIN_FORM=true", "GF_ANALYTICS_REPORTING_ENABLED=false",
			"GF_ANALYTICS_CHECK_FOR_UPDATES=false", "GF_ANALYTICS_CHECK_FOR_PLUGIN_UPDATES=false", "GF_LOG_MODE=console"},
		Tmpfs:   map[string]string{"/var/lib/grafana": "uid=472,gid=0,mode=0770,size=128m", "/tmp": "mode=1777,size=16m"},
		Publish: []engine.Port{{Container: 3000, HostIP: "127.0.0.1", Host: grafanaPort}}}
	p := part{spec: o.hardened(s, grafanaMemory, world.LabelRole, "grafana")}
	p.spec.PidsLimit = 256
	return p
}
