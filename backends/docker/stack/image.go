package stack

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"regexp"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"

	"pitwall/backends/docker/engine"
	"pitwall/backends/docker/frontdoor"
	"pitwall/serve/monitor"
)

// image is an image to build.
type image struct {
	tag     string
	files   map[string]engine.File
	content string   // digest of everything that is in it, or in the image that it is built on
	command []string // what it runs; nil when content tells it all
}

// user runs every process of the stack: nobody on any machine.
const user = "65532:65532"

// baseText makes the image of the binary, with the models and their baselines
// beside it. What changes no file comes first: the engine's builder copies the
// whole image with every step after the first file. An empty volume that is
// mounted at /data gets the owner of the image's directory.
const baseText = `FROM scratch
USER ` + user + `
EXPOSE 8080
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=3s --retries=3 --start-period=10s CMD ["/pitwall","serve","--healthcheck","--listen","127.0.0.1:8080"]
ENTRYPOINT ["/pitwall"]
CMD ["help","serve"]
%s
COPY root /
COPY --chown=` + user + ` data /data
`

// modelText makes the image of one model version in a single step. Its command
// is all that a container needs: `docker run` serves, and a container that is
// made like another one from another image serves that image's model.
const modelText = "FROM %s\nCMD %s\n"

var notInTags = regexp.MustCompile(`[^A-Za-z0-9_.-]+`)

// baseTag names the image of a binary.
func (o Options) baseTag(b binary) string {
	return fmt.Sprintf("%s/serve:%.60s-%s", o.Name, notInTags.ReplaceAllString(o.Version, "_"), b.digest[:12])
}

// modelTag names the image of a model version.
func (o Options) modelTag(d deployment, number string) string {
	return fmt.Sprintf("%s/%s:%s", o.Name, d.name, number)
}

// images lists what to build: first the image that the others are built on.
func (o Options) images(b binary) ([]image, error) {
	targets, err := monitor.FormatNamed(o.targets())
	if err != nil {
		return nil, fmt.Errorf("write the monitor's targets: %w", err)
	}
	base := image{tag: o.baseTag(b), files: map[string]engine.File{
		"root/pitwall": b.file(), "root/etc/pitwall/targets.json": {Data: targets}, "data/README": text("pitwall monitor keeps its samples here.\n")}}
	parts := []string{b.digest, baseText, string(targets)}
	var models []image
	for _, d := range seeds() {
		for _, v := range d.versions {
			weights, baseline, err := o.readModel(d, v)
			if err != nil {
				return nil, err
			}
			dir := path.Join("models", d.name, v.number)
			base.files["root/"+dir+"/"+v.file], base.files["root/"+dir+"/baseline.json"] = engine.File{Data: weights}, engine.File{Data: baseline}
			parts = append(parts, dir, string(weights), string(baseline))
			models = append(models, o.modelImage(base.tag, d, v, "/"+dir, weights))
		}
	}
	base.content = digest(parts...)
	base.files["Dockerfile"] = text(fmt.Sprintf(baseText, labelLine(o.imageLabels(base.content))))
	for i := range models {
		models[i].content = base.content
	}
	return append([]image{base}, models...), nil
}

func (o Options) readModel(d deployment, v version) (weights, baseline []byte, err error) {
	weights, err = fs.ReadFile(o.Models, path.Join(modelsDir, v.file))
	if err != nil {
		return nil, nil, fmt.Errorf("read the seed model %s: %w", v.file, err)
	}
	baseline, err = baselineOf(o.Models, d, v.file, weights)
	return weights, baseline, err
}

// modelImage inherits the labels of the base. Its version is its tag.
func (o Options) modelImage(base string, d deployment, v version, dir string, weights []byte) image {
	sum := sha256.Sum256(weights)
	command := []string{"serve", "--listen", listenAll(servePort), "--name", d.name, "--version", v.number,
		"--sha256", hex.EncodeToString(sum[:]), "--baseline", dir + "/baseline.json", dir + "/" + v.file}
	return image{tag: o.modelTag(d, v.number), command: command,
		files: map[string]engine.File{"Dockerfile": text(fmt.Sprintf(modelText, base, jsonOf(command)))}}
}

// imageLabels are on the images, and on every container that is made from one.
func (o Options) imageLabels(content string) map[string]string {
	labels := map[string]string{labelImage: o.Name, labelContent: content}
	maps.Copy(labels, o.Labels)
	return labels
}

// labelLine is the instruction of a Dockerfile that sets labels.
func labelLine(labels map[string]string) string {
	line := "LABEL"
	for _, k := range slices.Sorted(maps.Keys(labels)) {
		line += fmt.Sprintf(" %s=%s", k, jsonOf(labels[k]))
	}
	return line
}

// jsonOf writes a text or a list of texts, as Dockerfiles quote them.
func jsonOf(v any) string {
	out, _ := json.Marshal(v) // texts have no other form
	return string(out)
}

// targets are what the monitor scrapes: every variant that a deployment can
// have, of which those without a container have no address, and the front doors.
func (o Options) targets() []monitor.Named {
	var list []monitor.Named
	for _, d := range seeds() {
		for _, v := range []string{"A", "B", "C", "D", "E"} {
			list = append(list, monitor.Named{Job: monitor.JobServe, Name: alias(d.name, v), Port: servePort,
				Labels: map[string]string{"deployment": d.name, "variant": v}})
		}
		if o.Door == frontdoor.Gateway {
			list = append(list, monitor.Named{Job: monitor.JobGateway, Name: o.doorName(d), Port: metricsPort, Labels: map[string]string{"deployment": d.name}})
		}
	}
	return list
}

func text(s string) engine.File { return engine.File{Data: []byte(s)} }

// digest joins parts so that no two lists of parts have one digest.
func digest(parts ...string) string {
	sum := sha256.New()
	for _, p := range parts {
		fmt.Fprintf(sum, "%d\n%s", len(p), p)
	}
	return hex.EncodeToString(sum.Sum(nil))
}

// build builds what the engine has not yet: the base, then the others at the
// same time.
func (u *upper) build(ctx context.Context, list []image) error {
	if err := u.buildOne(ctx, list[0]); err != nil {
		return err
	}
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(parallel)
	for _, i := range list[1:] {
		g.Go(func() error { return u.buildOne(ctx, i) })
	}
	return g.Wait()
}

func (u *upper) buildOne(ctx context.Context, i image) error {
	found, err := u.engine.Image(ctx, i.tag)
	if err == nil && found.Labels[labelContent] == i.content && (i.command == nil || slices.Equal(found.Cmd, i.command)) {
		u.there("image " + i.tag)
		return nil
	}
	if gone := (*engine.NotFoundError)(nil); err != nil && !errors.As(err, &gone) {
		return err
	}
	began := time.Now()
	if _, err := u.engine.Build(ctx, i.tag, i.files, nil); err != nil {
		return err
	}
	u.made("image "+i.tag, time.Since(began))
	return nil
}

// foreignImages finds tags of the list that somebody else gave.
func foreignImages(ctx context.Context, e Images, o Options, list []image) ([]string, error) {
	var foreign []string
	for _, i := range list {
		found, err := e.Image(ctx, i.tag)
		if gone := (*engine.NotFoundError)(nil); errors.As(err, &gone) {
			continue
		}
		if err != nil {
			return nil, err
		}
		if found.Labels[labelImage] != o.Name {
			foreign = append(foreign, "image "+i.tag)
		}
	}
	return foreign, nil
}
