package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"pitwall/backends/kubernetes/rbac"
)

func (a *app) rbacCommand() *cobra.Command {
	var namespaces []string
	c := &cobra.Command{
		Use: "rbac reader|operator", Short: "Print the Kubernetes role that pitwall needs", Args: exact(1),
		Long: "The role holds what pitwall asks an API server for and nothing else: a reader sees everything and changes nothing,\n" +
			"an operator moves splits, deploys and rolls back. Its first lines say how people are given it.",
		Example: "  pitwall rbac operator | kubectl apply -f -\n  pitwall rbac reader --namespace fraud --namespace churn | kubectl apply -f -",
		RunE: func(_ *cobra.Command, args []string) error {
			role := rbac.Role(args[0])
			if !slices.Contains(rbac.Roles(), role) {
				return misuse{fmt.Errorf("there is no role %q: reader and operator are", args[0])}
			}
			for _, n := range namespaces {
				if n == "" || strings.ContainsFunc(n, func(r rune) bool { return !isNameRune(r) }) {
					return misuse{fmt.Errorf("namespace %q: a name has lower-case letters, digits and dashes", n)}
				}
			}
			_, err := fmt.Fprint(a.out, role.Manifest(namespaces...))
			return err
		},
	}
	c.Flags().StringArrayVarP(&namespaces, "namespace", "n", nil, "only there; may be repeated")
	return c
}
