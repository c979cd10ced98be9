package prometheus

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"math"
	"slices"
)

// FeatureDrift is how far one feature has moved from its baseline. A measure
// that is missing is NaN.
type FeatureDrift struct {
	Variant string
	Feature string  // Prediction for the predicted score
	PSI     float64 // population stability index, ≥ 0
	KS      float64 // Kolmogorov-Smirnov distance, 0-1
	Missing float64 // share of the rows without a value, 0-1
}

// Prediction is the Feature under which the drift of the predicted score goes.
const Prediction = "prediction"

// Features returns the drift of every feature of a deployment, by variant and
// then the greatest PSI first, features without one last in name order.
func (c *Client) Features(ctx context.Context, deployment string) ([]FeatureDrift, error) {
	return shared(ctx, c, "features "+deployment, refreshTimeout, func(ctx context.Context) ([]FeatureDrift, error) {
		profile, err := c.asked(ctx, deployment)
		if err != nil {
			return nil, err
		}
		s := scope{profile: profile, deployment: deployment}
		missing := ""
		if m := c.profile.MissingRatio; !m.absent() {
			missing = named(nameMissing, s.byFeature(s.present(m)))
		}
		vector, err := c.instant(ctx, union(
			s.drift(nameDrift, func(d DriftGauge) string { return d.PSI }),
			s.drift(nameDriftKS, func(d DriftGauge) string { return d.KS }),
			missing))
		if vector == nil {
			return nil, err
		}
		type place struct{ variant, feature string }
		found := map[place]FeatureDrift{}
		for _, sample := range vector {
			k, known := profile.key(sample.Metric)
			if !known {
				continue
			}
			at := place{k.variant, string(sample.Metric[c.profile.featureLabel()])}
			f, seen := found[at]
			if !seen {
				f = FeatureDrift{Variant: at.variant, Feature: at.feature, PSI: math.NaN(), KS: math.NaN(), Missing: math.NaN()}
			}
			switch value := finite(sample.Value); string(sample.Metric[signalLabel]) {
			case nameDrift:
				f.PSI = value
			case nameDriftKS:
				f.KS = value
			case nameMissing:
				f.Missing = value
			}
			found[at] = f
		}
		return slices.SortedFunc(maps.Values(found), byDrift), err
	})
}

// byDrift relies on cmp.Compare, for which NaN is less than any number.
func byDrift(a, b FeatureDrift) int {
	return cmp.Or(cmp.Compare(a.Variant, b.Variant), cmp.Compare(b.PSI, a.PSI), cmp.Compare(a.Feature, b.Feature))
}

// greatestDrift is the PSI of the feature of each variant that moved furthest.
func (s scope) greatestDrift() string {
	all := s.drift(nameDrift, func(d DriftGauge) string { return d.PSI })
	if all == "" {
		return ""
	}
	return named(nameDrift, fmt.Sprintf("max by (%s) (%s)", s.groupings()[0], all))
}
