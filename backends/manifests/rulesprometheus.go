package manifests

// prometheusRules are those of rules of Prometheus.
var prometheusRules = map[string]Rule{
	"prometheus/expr":           {Severity: Error, Why: "Prometheus refuses the whole file.", Fix: "mend the expression"},
	"prometheus/rules":          {Severity: Error, Why: "Prometheus refuses the whole file.", Fix: "see the documentation of recording and alerting rules"},
	"prometheus/for":            {Severity: Warning, Why: "One odd scrape wakes somebody.", Fix: "add for"},
	"prometheus/severity":       {Severity: Warning, Why: "Nobody knows whether to get up.", Fix: "add a label severity"},
	"prometheus/summary":        {Severity: Warning, Why: "At 3 a.m. the name of the alert is not enough.", Fix: "add an annotation summary"},
	"prometheus/runbook":        {Severity: Note, Why: "At 3 a.m. nobody remembers what to do.", Fix: "add an annotation runbook_url"},
	"prometheus/rate":           {Severity: Error, Why: "rate of something that is no counter is noise.", Fix: "use it on counters, with a range of at least two scrapes"},
	"prometheus/quantile":       {Severity: Error, Why: "Without le there is no histogram left.", Fix: "keep le: sum by (le, …)"},
	"prometheus/duplicate":      {Severity: Warning, Why: "One of them is meant to be something else.", Fix: "give it another name or labels"},
	"prometheus/rate-of-sum":    {Severity: Error, Why: "A restart of one replica makes the sum fall, and rate takes that for a reset of all.", Fix: "sum the rates: sum(rate(…[5m]))"},
	"prometheus/quantile-range": {Severity: Error, Why: "Beyond 0 to 1 the result is infinite.", Fix: "write 0.95 for the 95th percentile"},
	"prometheus/no-comparison":  {Severity: Warning, Why: "It fires for every series that is there, whatever its value.", Fix: "compare it with a threshold"},
	"prometheus/ratio":          {Severity: Warning, Why: "A ratio is at most 1: it never fires.", Fix: "compare with 0.05 for 5 %, or multiply by 100"},
}
