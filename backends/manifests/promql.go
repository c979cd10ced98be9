package manifests

import (
	"fmt"
	"slices"
	"strings"

	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql/parser"
)

// expression judges what a query does with histograms and counters.
func expression(r *report, n ruleNode) {
	expr, err := parser.NewParser(parser.Options{}).ParseExpr(scalar(n.Node, "expr"))
	if err != nil {
		return // rulefmt has said it
	}
	line := n.line("expr")
	parser.Inspect(expr, func(node parser.Node, _ []parser.Node) error {
		call, ok := node.(*parser.Call)
		if !ok {
			return nil
		}
		switch call.Func.Name {
		case "rate", "irate", "increase":
			rated(r, line, call)
		case "histogram_quantile":
			quantiled(r, line, call)
		}
		return nil
	})
	if scalar(n.Node, "alert") != "" {
		compared(r, line, scalar(n.Node, "alert"), expr)
	}
}

// compared judges what an alert is compared with.
func compared(r *report, line int, name string, expr parser.Expr) {
	compares := len(parser.ExtractSelectors(expr)) == 0
	parser.Inspect(expr, func(node parser.Node, _ []parser.Node) error {
		switch x := node.(type) {
		case *parser.Call:
			compares = compares || strings.HasPrefix(x.Func.Name, "absent")
		case *parser.VectorSelector:
			compares = compares || x.Name == "ALERTS" || strings.HasPrefix(x.Name, "ALERTS_")
		case *parser.BinaryExpr:
			compares = compares || x.Op.IsComparisonOperator()
			if bound, never := above(x); never {
				r.add("prometheus/ratio", line, fmt.Sprintf("%s compares a ratio with %g", name, bound))
			}
		}
		return nil
	})
	if !compares {
		r.add("prometheus/no-comparison", line, name+" compares nothing")
	}
}

func unwrapped(expr parser.Expr) parser.Expr {
	for {
		p, ok := expr.(*parser.ParenExpr)
		if !ok {
			return expr
		}
		expr = p.Expr
	}
}

// gauges are endings of metrics that are no counters, by the conventions of
// Prometheus (https://prometheus.io/docs/practices/naming/).
var gauges = []string{"_bytes", "_ratio", "_percent", "_in_flight", "_celsius", "_info", "_timestamp_seconds", "_replicas"}

func rated(r *report, line int, call *parser.Call) {
	if q, ok := call.Args[0].(*parser.SubqueryExpr); ok {
		if sum, ok := unwrapped(q.Expr).(*parser.AggregateExpr); ok {
			r.add("prometheus/rate-of-sum", line, call.Func.Name+" of "+sum.Op.String())
		}
	}
	m, ok := call.Args[0].(*parser.MatrixSelector)
	if !ok {
		return
	}
	v, ok := m.VectorSelector.(*parser.VectorSelector)
	if ok && slices.ContainsFunc(gauges, func(end string) bool { return strings.HasSuffix(v.Name, end) }) {
		r.add("prometheus/rate", line, call.Func.Name+" of "+v.Name+", which is a gauge")
	}
}

func quantiled(r *report, line int, call *parser.Call) {
	if len(call.Args) < 2 {
		return
	}
	if q, ok := unwrapped(call.Args[0]).(*parser.NumberLiteral); ok && (q.Val < 0 || q.Val > 1) {
		r.add("prometheus/quantile-range", line, fmt.Sprintf("there is no quantile %g", q.Val))
	}
	parser.Inspect(call.Args[1], func(node parser.Node, _ []parser.Node) error {
		sum, ok := node.(*parser.AggregateExpr)
		if !ok || !ofBuckets(sum.Expr) {
			return nil
		}
		if slices.Contains(sum.Grouping, labels.BucketLabel) == sum.Without {
			r.add("prometheus/quantile", line, "the sum drops le")
		}
		return nil
	})
}

// ofBuckets reports whether an expression is of a classic histogram.
func ofBuckets(expr parser.Expr) bool {
	found := false
	parser.Inspect(expr, func(node parser.Node, _ []parser.Node) error {
		if v, ok := node.(*parser.VectorSelector); ok && strings.HasSuffix(v.Name, "_bucket") {
			found = true
		}
		return nil
	})
	return found
}
