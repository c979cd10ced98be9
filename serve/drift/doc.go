// Package drift tells how far the rows a model is asked about have moved from
// the rows it was trained on.
//
// A [Baseline] keeps the share of the training rows in each bin of each
// feature and of the predicted score. A [Monitor] counts the live rows in the
// same bins, over a sliding window, and scores the difference by two measures:
//
//   - PSI, the population stability index: Σ (live-base)·ln(live/base) over the
//     bins. By the convention of credit scoring .1 is a warning and .2 (or .25)
//     an alarm. It grows with the number of bins, which is therefore fixed.
//   - KS, the Kolmogorov-Smirnov distance: the greatest difference of the two
//     cumulative distributions, here taken at the bin edges, so that it is
//     never above the exact one.
//
// Neither measure means anything on few rows: without any drift, PSI over k
// bins and n rows is about (k-1)/n. Below [Options].MinRows there is no score.
package drift
