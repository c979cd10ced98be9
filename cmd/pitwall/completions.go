package main

import (
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"pitwall/checklist"
)

// addCompletions tells the shell completion of every command what its arguments
// and flags may be.
func (a *app) addCompletions(root *cobra.Command) {
	for path, find := range a.argumentWords() {
		if c, _, err := root.Find(strings.Fields(path)); err == nil {
			c.ValidArgsFunction = a.completion(find, cobra.ShellCompDirectiveNoFileComp)
		}
	}
	a.completeArguments(root)
	a.completeFlags(root)
	a.completeFlag(root, "backend", a.backendWords)
	a.completeFlag(root, "prometheus", oneOf())
	_ = root.MarkPersistentFlagDirname("state")
}

// argumentWords are the arguments of the commands that do not simply take the
// name of a deployment.
func (a *app) argumentWords() map[string]words {
	numbers := a.ofModel(numberWords)
	screens := slices.Compact(slices.Sorted(slices.Values(slices.Concat(wholeScreens, deploymentScreens))))
	return map[string]words{
		"get":               inTurn(oneOf("deployments", "revisions", "versions", "alerts", "events"), a.deploymentWords),
		"snapshot":          inTurn(oneOf(screens...), a.deploymentWords),
		"inspect":           inTurn(a.deploymentWords, a.ofDeployment(replicaWords)),
		"scenario":          inTurn(oneOf(scenarioNames()...)),
		"rbac":              inTurn(oneOf("reader", "operator")),
		"forget":            inTurn(a.deploymentWords),
		"registry models":   oneOf(),
		"registry versions": inTurn(a.modelWords),
		"registry show":     inTurn(a.modelWords, numbers),
		"registry compare":  inTurn(a.modelWords, numbers, numbers),
		"registry promote":  inTurn(a.modelWords, a.ofModel(championWords)),
		"registry alias":    inTurn(a.modelWords, a.ofModel(aliasWords), numbers),
	}
}

// completeArguments completes the deployment wherever a command takes one, and
// what else comes after it.
func (a *app) completeArguments(root *cobra.Command) {
	names := inTurn(a.deploymentWords)
	for _, c := range root.Commands() {
		if fields := strings.Fields(c.Use); c.ValidArgsFunction != nil || len(fields) < 2 || fields[1] != "NAME" {
			continue
		}
		find := names
		if strings.HasSuffix(c.Use, " ITEM") {
			find = inTurn(a.deploymentWords, a.itemWords(func() string { return c.Flag("items").Value.String() }))
		}
		c.ValidArgsFunction = a.completion(find, cobra.ShellCompDirectiveNoFileComp)
	}
	if c, _, err := root.Find([]string{"split"}); err == nil {
		c.ValidArgsFunction = a.completeSplit
	}
	if c, _, err := root.Find([]string{"registry", "register"}); err == nil {
		c.ValidArgsFunction = a.completion(inTurn(a.modelWords), cobra.ShellCompDirectiveDefault) // a file comes second
	}
	if c, _, err := root.Find([]string{"lint"}); err == nil {
		c.ValidArgsFunction = a.completion(oneOf(), cobra.ShellCompDirectiveFilterDirs)
	}
}

// completeSplit completes the deployment, then weights, behind which the cursor
// stays for the number.
func (a *app) completeSplit(c *cobra.Command, args []string, start string) ([]cobra.Completion, cobra.ShellCompDirective) {
	if len(args) == 0 {
		return a.completion(a.deploymentWords, cobra.ShellCompDirectiveNoFileComp)(c, args, start)
	}
	return a.completion(a.ofDeployment(weightWords), cobra.ShellCompDirectiveNoFileComp|cobra.ShellCompDirectiveNoSpace)(c, args, start)
}

// completeFlags completes the flags of every command below one.
func (a *app) completeFlags(parent *cobra.Command) {
	for _, c := range parent.Commands() {
		a.completeFlags(c)
		if f := c.Flags().Lookup("output"); f != nil {
			if list := choices(f.Value); list != nil {
				a.completeFlag(c, "output", oneOf(list...))
			}
		}
		for name, find := range map[string]words{
			"variant": a.ofDeployment(variantWords), "replica": a.ofDeployment(replicaWords), "to": a.ofDeployment(a.revisionWords),
			"phase":   oneOf(phaseNames()...),
			"confirm": oneOf(), // to be typed: that is what it is for
		} {
			a.completeFlag(c, name, find)
		}
		switch c.Name() {
		case "deploy":
			a.completeFlag(c, "version", a.ofDeployment(versionWords))
			_ = c.RegisterFlagCompletionFunc("image", a.completion(a.ofDeployment(imageWords), cobra.ShellCompDirectiveDefault)) // or a model file
		case "up":
			a.completeFlag(c, "scenario", oneOf(scenarioNames()...))
			a.completeFlag(c, "front-door", oneOf("gateway", "nginx", "haproxy"))
		}
	}
}

// completeFlag completes a flag where the command has it. The shell completes
// files for all others.
func (a *app) completeFlag(c *cobra.Command, name string, find words) {
	if c.Flags().Lookup(name) != nil || c.PersistentFlags().Lookup(name) != nil {
		_ = c.RegisterFlagCompletionFunc(name, a.completion(find, cobra.ShellCompDirectiveNoFileComp)) // it fails only for a flag that is not there
	}
}

func phaseNames() (names []string) {
	for _, p := range checklist.Phases() {
		names = append(names, string(p))
	}
	return names
}

// choices are the values of an output flag.
func choices(value any) []string {
	switch value.(type) {
	case *format:
		return []string{string(asTable), string(asJSON), string(asYAML)}
	case *textFormat:
		return []string{"text", string(asJSON), string(asYAML)}
	case *reportFormat:
		return reportFormats
	case *lintFormat:
		return lintFormats
	}
	return nil // a file
}
