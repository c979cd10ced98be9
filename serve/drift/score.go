package drift

import "math"

// minShare is the least share a bin counts with in PSI: an empty bin would make
// it infinite. 1e-4 is what Evidently uses.
const minShare = 1e-4

// psi is Σ (live-base)·ln(live/base) over the bins that are not empty on both
// sides. Live shares are floored at minShare. A baseline share is floored at
// unseen too, what one more training row would have weighed: a sample of m rows
// says no more about a value it never met than that its share is below about
// 1/(m+1), and a lower floor raises alarms on rows from the same population.
func psi(base, live []float64, unseen float64) float64 {
	sum := 0.0
	for i, b := range base {
		l := live[i]
		if b == 0 && l == 0 {
			continue
		}
		b = max(b, minShare, unseen)
		l = max(l, minShare)
		sum += (l - b) * math.Log(l/b)
	}
	return sum
}

// ks is the greatest difference of the two cumulative distributions at the bin
// edges, with missing values counted as greater than all others.
func ks(base, live []float64) float64 {
	b, l, most := 0.0, 0.0, 0.0
	for i := range base {
		b += base[i]
		l += live[i]
		most = max(most, math.Abs(b-l))
	}
	return most
}

// rowsNeeded is how many live rows a column needs before its scores mean
// anything: minRows, and in proportion more above ten occupied bins (beside
// one for missing values), since PSI's noise grows with their number.
func rowsNeeded(base []float64, minRows int) int {
	occupied := 0
	for _, share := range base {
		if share > 0 {
			occupied++
		}
	}
	if occupied <= quantileBins+1 {
		return minRows
	}
	return minRows * occupied / quantileBins
}
