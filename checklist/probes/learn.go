package probes

import (
	"cmp"
	"strings"

	"pitwall/checklist"
)

// step is what to do, and where.
type step struct{ what, where string }

// learn says of a probe how it can be made to know, where its finding is unknown
// and says nothing closer.
var learn = map[string]step{
	"alerts.receiver":      {"see whether Prometheus or the Alertmanager of the checklist's settings can be reached", checklist.GoAlerts},
	"alerts.rules":         {"see whether Prometheus can be reached", checklist.GoAlerts},
	"autoscaling":          {"see why it cannot be read, and look again", checklist.GoExplain},
	"balancer":             {"see why it cannot be read, and look again", checklist.GoSplit},
	"dockerfile.pinned":    {"name the files in the checklist's settings: dockerfile, requirements, relative to where pitwall runs", ""},
	"dockerfile.stages":    {"name the file in the checklist's settings: dockerfile, relative to where pitwall runs", ""},
	"drift":                {"send it traffic, and see that its metrics are scraped", checklist.GoDeployment},
	"environment":          {"see what cannot be read, or declare the variables in the checklist's settings: env", ""},
	"health.answers":       {"see whether the replicas run and can be reached from here", checklist.GoDeployment},
	"health.configured":    {"see why it cannot be read, and look again", checklist.GoDeployment},
	"health.orchestration": {"see why it cannot be read, and look again", checklist.GoDeployment},
	"image.identity":       {"deploy it by its digest", checklist.GoRollout},
	"image.pinned":         {"deploy it by its digest", checklist.GoRollout},
	"image.scan":           {"install trivy or grype, or name a report of this digest in the checklist's settings: scan", ""},
	"latency":              {"send it traffic, and see that its metrics are scraped", checklist.GoDeployment},
	"limits":               {"see why it cannot be read, and look again", checklist.GoDeployment},
	"logging":              {"see whether Loki or Elasticsearch of the checklist's settings can be reached, and its token is set", checklist.GoLogs},
	"model.run":            {"see whether the registry can be reached", checklist.GoRegistry},
	"model.size":           {"register the version with its file: pitwall registry register", checklist.GoRegistry},
	"monitoring.dashboard": {"see whether Grafana of the checklist's settings can be reached, and its token is set", ""},
	"monitoring.metrics":   {"see whether Prometheus can be reached", checklist.GoDeployment},
	"on-call":              {"name on_call or pagerduty in the checklist's settings, and set its token", ""},
	"rolling.configured":   {"see why it cannot be read, and look again", checklist.GoRollout},
	"rolling.measured":     {"look again after a rollout under traffic", checklist.GoRollout},
	"rollback.drill":       {"see whether the journal can be read", checklist.GoRollback},
	"rollback.possible":    {"see why it cannot be read, and look again", checklist.GoRollout},
	"rollback.runbook":     {"name a page or file that can be read in the checklist's settings: runbook", ""},
	"secrets":              {"see what cannot be read, and look again", ""},
	"secrets.committed":    {"name the directory in the checklist's settings: source, relative to where pitwall runs", ""},
	"smoke":                {"declare requests in the checklist's settings: smoke, and see whether replicas can be reached", checklist.GoSmoke},
	"split":                {"send traffic, and look again in a minute", checklist.GoSplit},
	"usage":                {"see that its replicas run, and that their usage is measured", checklist.GoDeployment},
	"user":                 {"set it where the replicas are declared, as a number", ""},
}

// taught is a finding that says what to do where it is unknown.
func taught(probe string, f checklist.Finding) checklist.Finding {
	if f.State != checklist.Unknown || f.Next != "" {
		return f
	}
	switch {
	case strings.Contains(f.Text, "not permitted: get secrets"): // neither of pitwall's roles has it
		f.Next = "allow these secrets alone: kubectl create role pitwall-keys --verb=get --resource=secrets --resource-name=NAME"
		return f
	case strings.Contains(f.Text, "not permitted: "):
		f.Next = "ask for that right: `pitwall rbac reader` and `pitwall rbac operator` print the roles that pitwall works with"
		return f
	}
	f.Next, f.Go = learn[probe].what, cmp.Or(f.Go, learn[probe].where)
	return f
}
