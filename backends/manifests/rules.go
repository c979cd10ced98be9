package manifests

import "maps"

// rules are all that is looked at, by kind of file.
var rules = joined(anyRules, dockerRules, composeRules, nginxRules, k8sRules, prometheusRules, workflowRules)

func joined(tables ...map[string]Rule) map[string]Rule {
	all := map[string]Rule{}
	for _, t := range tables {
		maps.Copy(all, t)
	}
	return all
}

// anyRules are those of files of every kind.
var anyRules = map[string]Rule{
	"any/unreadable": {Severity: Error, Why: "What cannot be parsed is not what was meant.", Fix: "mend the syntax"},
	"any/template":   {Severity: Note, Why: "A template is no file of its kind until it is rendered.", Fix: "judge what it renders to, as helm template . > rendered.yaml"},
	"any/secret":     {Severity: Error, Why: "A repository forgets nothing, and everyone who reads it has the secret.", Fix: "take it out of the history, rotate it, and keep it in a secret store"},
}
