package main

import (
	"errors"
	"fmt"

	"github.com/prometheus/common/model"
	"go.yaml.in/yaml/v3"

	"pitwall/backends/prometheus"
)

// profileConfig tells whose metric names the server has: a name, or a mapping
// with the name and which variant each version of a model is.
type profileConfig struct {
	Name string `yaml:"name"` // "" finds out

	// ByModel tells deployments and variants by the serving system's own labels
	// instead of those of the targets. Without Variants the versions are the
	// variants.
	ByModel  bool                         `yaml:"by_model"`
	Variants map[string]map[string]string `yaml:"variants"` // deployment, version, variant

	// ByPod tells them by the pods of the series, on Kubernetes only. Left out,
	// the labels of the series decide.
	ByPod          *bool  `yaml:"by_pod"`
	NamespaceLabel string `yaml:"namespace_label"`
	PodLabel       string `yaml:"pod_label"`
}

// UnmarshalYAML implements yaml.Unmarshaler.
func (p *profileConfig) UnmarshalYAML(n *yaml.Node) error {
	if n.Kind == yaml.ScalarNode {
		return n.Decode(&p.Name)
	}
	for i := 0; n.Kind == yaml.MappingNode && i < len(n.Content); i += 2 { // a decoder of a node takes unknown keys
		switch key := n.Content[i]; key.Value {
		case "name", "by_model", "variants", "by_pod", "namespace_label", "pod_label":
		default:
			return fmt.Errorf("line %d: profile has no field %s: there are name, by_model, variants, by_pod, namespace_label and pod_label", key.Line, key.Value)
		}
	}
	type plain profileConfig
	if err := n.Decode((*plain)(p)); err != nil {
		return err
	}
	return p.check()
}

func (p *profileConfig) check() error {
	p.ByModel = p.ByModel || len(p.Variants) > 0
	if err := p.checkPods(); err != nil {
		return err
	}
	if p.ByModel && p.Name == "" {
		return errors.New("profile: by_model and variants are of one serving system: give its name")
	}
	for deployment, versions := range p.Variants {
		serves := map[string]string{}
		for version, variant := range versions {
			if variant == "" {
				return fmt.Errorf("profile: version %s of %s is no variant: name one, or leave the version out", version, deployment)
			}
			if other, twice := serves[variant]; twice {
				return fmt.Errorf("profile: variant %s of %s is both version %s and version %s", variant, deployment, min(version, other), max(version, other))
			}
			serves[variant] = version
		}
	}
	return nil
}

// checkPods checks what is said of pods. Naming their labels asks for them.
func (p *profileConfig) checkPods() error {
	labels := p.NamespaceLabel != "" || p.PodLabel != ""
	switch {
	case labels && p.ByPod == nil:
		p.ByPod = &labels
	case labels && !*p.ByPod:
		return errors.New("profile: namespace_label and pod_label are of by_pod: leave them out, or by_pod: false")
	}
	if p.ByPod == nil || !*p.ByPod {
		return nil
	}
	if p.ByModel {
		return errors.New("profile: by_pod and by_model (or variants) exclude each other: a series is either of what its pod serves, or of the model and version that it names")
	}
	if labels && (p.NamespaceLabel == "" || p.PodLabel == "") {
		return errors.New("profile: name both, namespace_label and pod_label: pods of two namespaces may have one name")
	}
	for _, label := range []string{p.NamespaceLabel, p.PodLabel} {
		if label != "" && !model.LegacyValidation.IsValidLabelName(label) {
			return fmt.Errorf("profile: %q is no name of a label of Prometheus", label)
		}
	}
	return nil
}

// profile is the one of the configuration; known is false when it names none.
func (p profileConfig) profile() (named prometheus.Profile, known bool, err error) {
	if p.Name == "" {
		return prometheus.Pitwall(), false, nil
	}
	if named, err = prometheus.ProfileNamed(p.Name); err != nil || !p.ByModel {
		return named, true, err
	}
	var variants prometheus.VariantOf
	if len(p.Variants) > 0 {
		variants = func(deployment, version string) string { return p.Variants[deployment][version] }
	}
	named, err = named.ByModel(variants)
	return named, true, err
}
