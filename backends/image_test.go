package backends

import "testing"

func TestSplitImage(t *testing.T) {
	for reference, want := range map[string][3]string{
		"churn":                            {"churn", "", ""},
		"churn:1.2.0":                      {"churn", "1.2.0", ""},
		"localhost:5000/churn":             {"localhost:5000/churn", "", ""},
		"localhost:5000/churn:1":           {"localhost:5000/churn", "1", ""},
		"localhost:5000/churn:1@sha256:aa": {"localhost:5000/churn", "1", "sha256:aa"},
		"churn@sha256:aa":                  {"churn", "", "sha256:aa"},
		"":                                 {"", "", ""},
	} {
		if name, tag, digest := SplitImage(reference); [3]string{name, tag, digest} != want {
			t.Errorf("%q is %q, %q, %q, want %q", reference, name, tag, digest, want)
		}
	}
}
