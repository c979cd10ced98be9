package manifests

import (
	"regexp"
	"slices"
	"strings"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql/parser"
)

// above reports whether a comparison wants more of a ratio than there is. Of what
// only calls itself a ratio, as a load, 1 may be passed.
func above(x *parser.BinaryExpr) (bound float64, never bool) {
	op, ratio := x.Op, x.LHS
	number, ok := unwrapped(x.RHS).(*parser.NumberLiteral)
	if !ok { // the bound stands first
		if number, ok = unwrapped(x.LHS).(*parser.NumberLiteral); !ok {
			return 0, false
		}
		ratio = x.RHS
		switch x.Op {
		case parser.LSS:
			op = parser.GTR
		case parser.LTE:
			op = parser.GTE
		default:
			return 0, false
		}
	}
	switch {
	case number.Val > 1 && (op == parser.GTR || op == parser.GTE):
		return number.Val, isRatio(ratio)
	case number.Val == 1 && op == parser.GTR:
		return 1, isRatio(ratio) && atMost1(ratio)
	}
	return 0, false
}

// failures are how counters of a part of others are called.
var failures = regexp.MustCompile(`(error|fail|drop|reject|timeout|denied|invalid)[a-z_]*_total$`)

// failureRatio is how ratios of failures are called, and pValue how probabilities.
var (
	failureRatio = regexp.MustCompile(`(error|fail|drop|reject|timeout|denied|invalid)[a-z_]*_ratio$`)
	pValue       = regexp.MustCompile(`(^|_)p_?value$`)
)

// isRatio reports whether an expression is a part of a whole: of failures to all,
// of a counter to itself with fewer labels, or what calls itself a ratio.
func isRatio(expr parser.Expr) bool {
	switch x := unwrapped(expr).(type) {
	case *parser.VectorSelector:
		return strings.HasSuffix(x.Name, "_ratio") || pValue.MatchString(x.Name)
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

// atMost1 reports whether a ratio cannot pass 1: what only calls itself one, as a
// load or a burn rate, can, and so can parts and wholes that are not taken alike.
func atMost1(expr parser.Expr) bool {
	switch x := unwrapped(expr).(type) {
	case *parser.VectorSelector:
		return failureRatio.MatchString(x.Name) || pValue.MatchString(x.Name)
	case *parser.AggregateExpr:
		return atMost1(x.Expr)
	case *parser.BinaryExpr:
		return shape(x.LHS) == shape(x.RHS)
	}
	return false
}

// shape is an expression without what it asks for.
func shape(expr parser.Expr) string {
	text := unwrapped(expr).String()
	same, err := parser.NewParser(parser.Options{}).ParseExpr(text)
	if err != nil {
		return text
	}
	parser.Inspect(same, func(node parser.Node, _ []parser.Node) error {
		if v, ok := node.(*parser.VectorSelector); ok {
			v.Name, v.LabelMatchers = "of", nil
		}
		return nil
	})
	return same.String()
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
