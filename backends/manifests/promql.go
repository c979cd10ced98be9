package manifests

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/prometheus/common/model"
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
			bound, ok := unwrapped(x.RHS).(*parser.NumberLiteral)
			if ok && (x.Op == parser.GTR || x.Op == parser.GTE) && bound.Val > 1 && isRatio(x.LHS) { // 1 is what `init` writes for 100 %
				r.add("prometheus/ratio", line, fmt.Sprintf("%s compares a ratio with %g", name, bound.Val))
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

// failures are how counters of a part of others are called.
var failures = regexp.MustCompile(`(error|fail|drop|reject|timeout|denied|invalid)[a-z_]*_total$`)

// isRatio reports whether an expression is a part of a whole: of failures to all,
// of a counter to itself with fewer labels, or what calls itself a ratio.
func isRatio(expr parser.Expr) bool {
	switch x := unwrapped(expr).(type) {
	case *parser.VectorSelector:
		return strings.HasSuffix(x.Name, "_ratio")
	case *parser.AggregateExpr:
		return x.Op != parser.SUM && x.Op != parser.COUNT && isRatio(x.Expr)
	case *parser.BinaryExpr:
		part, whole := parser.ExtractSelectors(x.LHS), parser.ExtractSelectors(x.RHS)
		if x.Op != parser.DIV || len(part) != 1 || len(whole) != 1 {
			return false
		}
		a, b := nameOf(part[0]), nameOf(whole[0])
		if _, scaled := unwrapped(x.LHS).(*parser.BinaryExpr); scaled {
			return false
		}
		return strings.HasSuffix(b, "_total") && (a == b && within(part[0], whole[0]) || a != b && failures.MatchString(a) && !failures.MatchString(b))
	}
	return false
}

func nameOf(list []*labels.Matcher) string {
	for _, m := range list {
		if m.Name == model.MetricNameLabel {
			return m.Value
		}
	}
	return ""
}

// within reports whether one selector asks for all that another does, and more.
func within(part, whole []*labels.Matcher) bool {
	for _, m := range whole {
		if !slices.ContainsFunc(part, func(p *labels.Matcher) bool { return p.String() == m.String() }) {
			return false
		}
	}
	return len(part) > len(whole)
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
