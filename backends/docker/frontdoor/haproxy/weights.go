package haproxy

import (
	"cmp"
	"math"
	"slices"

	"pitwall/backends"
)

// maxWeight is the largest weight of a server.
const maxWeight = 256

// Weights gives the weight of each server of every variant that comes closest
// to a split, as a change of it would set them. counts are the servers.
func Weights(s backends.Split, counts map[string]int) map[string]int {
	weights, _ := weigh(s, counts)
	return weights
}

// weigh gives the weight of each server of every variant that comes closest to
// a split, with the share that this gives. counts are the servers that take
// requests. Of weights that are equally close it takes those that are percents,
// else the smallest.
func weigh(s backends.Split, counts map[string]int) (weights map[string]int, achieved backends.Split) {
	total := 0
	for _, name := range s.Names() {
		if s[name] > 0 {
			total += counts[name]
		}
	}
	weights = weightsFor(s, counts, 100)
	least := deviation(s, counts, weights)
	for sum := 1; sum <= maxWeight*total && least > 1e-9; sum++ {
		candidate := weightsFor(s, counts, sum)
		if d := deviation(s, counts, candidate); d < least-1e-9 {
			weights, least = candidate, d
		}
	}
	return weights, shares(weights, counts)
}

// weightsFor divides a sum of weights over the servers.
func weightsFor(s backends.Split, counts map[string]int, sum int) map[string]int {
	weights := make(map[string]int, len(s))
	for name, percent := range s {
		weights[name] = 0
		if n := counts[name]; n > 0 && percent > 0 {
			ideal := percent / 100 * float64(sum) / float64(n)
			weights[name] = min(max(int(math.Round(ideal)), 1), maxWeight)
		}
	}
	return weights
}

// deviation is the largest difference from the split, in percent.
func deviation(s backends.Split, counts, weights map[string]int) float64 {
	sum := 0
	for name, w := range weights {
		sum += w * counts[name]
	}
	most := 0.0
	for name, percent := range s {
		share := 0.0
		if sum > 0 {
			share = 100 * float64(weights[name]*counts[name]) / float64(sum)
		}
		most = max(most, math.Abs(share-percent))
	}
	return most
}

func shares(weights, counts map[string]int) backends.Split {
	sums := make(map[string]int, len(weights))
	for name, w := range weights {
		sums[name] = w * counts[name]
	}
	return percents(sums)
}

// percents turns sums of weights into a split that sums to 100 exactly: the
// hundredths that rounding leaves go to the largest remainders.
func percents(sums map[string]int) backends.Split {
	total := 0
	for _, n := range sums {
		total += n
	}
	out := make(backends.Split, len(sums))
	points := map[string]int{}
	left := 10000
	for name, n := range sums {
		if total > 0 {
			points[name] = n * 10000 / total
		}
		left -= points[name]
		out[name] = 0
	}
	names := out.Names()
	slices.SortStableFunc(names, func(a, b string) int { return cmp.Compare(sums[b]*10000%max(total, 1), sums[a]*10000%max(total, 1)) })
	for i, name := range names {
		if total > 0 && i < left {
			points[name]++
		}
		out[name] = float64(points[name]) / 100
	}
	return out
}
