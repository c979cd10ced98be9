package probes

import (
	"context"
	"fmt"
	"strings"

	"pitwall/backends"
	"pitwall/checklist"
)

func unknown(why string, args ...any) checklist.Finding {
	return checklist.Finding{State: checklist.Unknown, Text: fmt.Sprintf(why, args...)}
}

func notHere(why string, args ...any) checklist.Finding {
	return checklist.Finding{State: checklist.NotApplicable, Text: fmt.Sprintf(why, args...)}
}

func say(s checklist.State, text string, args ...any) checklist.Finding {
	return checklist.Finding{State: s, Text: fmt.Sprintf(text, args...)}
}

// next adds what to do about it, and where.
func next(f checklist.Finding, what, where string) checklist.Finding {
	f.Next, f.Go = what, where
	return f
}

// from adds where it was read.
func from(f checklist.Finding, source string) checklist.Finding {
	f.Source = source
	return f
}

// variant is the setup of the variant in question, or why it is not known.
func (a *asker) variant(ctx context.Context) (backends.VariantSetup, *checklist.Finding) {
	fail := func(f checklist.Finding) (backends.VariantSetup, *checklist.Finding) {
		return backends.VariantSetup{}, &f
	}
	if a.Configurer == nil {
		return fail(unknown("the %s backend does not tell how deployments are set up", a.Deployment.Backend))
	}
	setup, err := a.setup(ctx)
	if err != nil {
		return fail(unknown("read how %s is set up: %s", a.Deployment.Name, err))
	}
	v, ok := setup.Variant(a.Subject.Variant)
	if !ok {
		return fail(unknown("nothing tells how variant %s is set up", a.Subject.Variant))
	}
	return v, nil
}

// fact is a fact's value, or why there is none.
func fact[T any](f backends.Fact[T]) (T, *checklist.Finding) {
	var why checklist.Finding
	switch {
	case f.None != "":
		why = notHere("%s", f.None)
	case f.Err != nil:
		why = from(unknown("%s", f.Err), f.From)
	case f.From == "":
		why = unknown("nobody looked it up")
	default:
		return f.Value, nil
	}
	var none T
	return none, &why
}

// of is one fact of the variant's setup.
func of[T any](ctx context.Context, a *asker, pick func(backends.VariantSetup) backends.Fact[T]) (T, string, *checklist.Finding) {
	var none T
	v, why := a.variant(ctx)
	if why != nil {
		return none, "", why
	}
	f := pick(v)
	value, why := fact(f)
	return value, f.From, why
}

// containers are those of every replica of the variant.
func (a *asker) containers(ctx context.Context) ([]backends.Container, string, *checklist.Finding) {
	list, source, why := of(ctx, a, func(v backends.VariantSetup) backends.Fact[[]backends.Container] { return v.Containers })
	if why == nil && len(list) == 0 {
		f := from(unknown("no container of variant %s is known", a.Subject.Variant), source)
		why = &f
	}
	return list, source, why
}

// verdict gathers what is wrong, what is below advice, and what is well.
type verdict struct {
	bad, below, good []string
	source           string
}

func (v *verdict) fail(text string, args ...any) { v.bad = append(v.bad, fmt.Sprintf(text, args...)) }
func (v *verdict) warn(text string, args ...any) {
	v.below = append(v.below, fmt.Sprintf(text, args...))
}
func (v *verdict) ok(text string, args ...any) { v.good = append(v.good, fmt.Sprintf(text, args...)) }

// finding is the worst that was gathered; what is worse comes first in it.
func (v *verdict) finding() checklist.Finding {
	f := checklist.Finding{State: checklist.Pass, Source: v.source}
	switch {
	case len(v.bad) > 0:
		f.State = checklist.Fail
	case len(v.below) > 0:
		f.State = checklist.Warn
	}
	list := append(append(v.bad, v.below...), v.good...)
	f.Text = listed(list, "; ")
	return f
}

// listed joins the first few of a list and says how many more there are.
func listed(list []string, between string) string {
	const most = 6
	if len(list) > most {
		return strings.Join(list[:most], between) + fmt.Sprintf("%s%d more", between, len(list)-most)
	}
	return strings.Join(list, between)
}
