package monitor

import (
	"maps"
	"slices"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/discovery/targetgroup"
)

// The jobs, which are the "job" label of every series.
const (
	JobServe   = "serve"   // serving processes: pitwall serve
	JobGateway = "gateway" // front doors: pitwall gateway
	JobPitwall = "pitwall" // the supervisor itself
)

// scrapeYAML asks for native and classic histograms side by side: the native
// ones are exact, the classic ones are what older tools read. Labels that
// a process gives its own series (the gateway: deployment and variant) win over those of its target.
const scrapeYAML = `
global: {scrape_interval: %[1]v, scrape_timeout: %[1]v, evaluation_interval: %[1]v,
  scrape_native_histograms: true, always_scrape_classic_histograms: true}
scrape_configs:
- {job_name: serve, honor_labels: true}
- {job_name: gateway, honor_labels: true}
- {job_name: pitwall, honor_labels: true}
`

// Target is one process whose /metrics is scraped.
type Target struct {
	Job     string            // JobServe, JobGateway or JobPitwall; another job is not scraped
	Address string            // host:port
	Labels  map[string]string // added to every series: deployment, variant, version, replica
}

// SetTargets replaces all targets. A target that stays keeps its history; the
// series of one that goes end a few scrapes later. The label "instance" is the
// replica's name when there is one, so that a replica which comes back on
// another port continues its series.
func (m *Monitor) SetTargets(targets []Target) {
	groups := map[string]*targetgroup.Group{}
	for _, job := range []string{JobServe, JobGateway, JobPitwall} {
		groups[job] = &targetgroup.Group{Source: job}
	}
	for _, t := range targets {
		group, known := groups[t.Job]
		if !known {
			m.store.log.Error("target of an unknown job is not scraped", "job", t.Job, "address", t.Address)
			continue
		}
		group.Targets = append(group.Targets, t.labelSet())
	}
	set := make(map[string][]*targetgroup.Group, len(groups))
	for _, job := range slices.Sorted(maps.Keys(groups)) {
		set[job] = []*targetgroup.Group{groups[job]}
	}

	m.targets.Lock()
	defer m.targets.Unlock()
	select { // an older set that nobody has read yet is obsolete
	case <-m.sets:
	default:
	}
	m.sets <- set
}

func (t Target) labelSet() model.LabelSet {
	set := model.LabelSet{model.AddressLabel: model.LabelValue(t.Address)}
	if replica := t.Labels["replica"]; replica != "" {
		set[model.InstanceLabel] = model.LabelValue(replica)
	}
	for name, value := range t.Labels {
		if value != "" {
			set[model.LabelName(name)] = model.LabelValue(value)
		}
	}
	return set
}
