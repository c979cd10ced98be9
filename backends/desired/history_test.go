package desired

import "testing"

func TestVersionsAreNewestFirst(t *testing.T) {
	for _, test := range []struct {
		a, b string
		want int
	}{{"1.2.0", "1.10.0", -1}, {"1.2", "1.2.1", -1}, {"2.0.0", "1.9.9", 1}, {"1.0.0", "1.0.0", 0}, {"1.0.a", "1.0.b", -1}} {
		if got := CompareVersions(test.a, test.b); got != test.want {
			t.Errorf("%s, %s: %d", test.a, test.b, got)
		}
	}
}
