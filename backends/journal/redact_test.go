package journal

import (
	"os"
	"strings"
	"testing"
)

func TestSecretsAreNotWritten(t *testing.T) {
	const secret = "S3cr3tS3cr3tS3cr3t"
	for _, text := range []string{
		"Authorization: Bearer " + secret,
		"authorization: basic " + secret,
		`{"Authorization":"` + secret + `"}`,
		"sent bearer " + secret + " to the server",
		"GET https://ana:" + secret + "@registry.example/x failed",
		"API_TOKEN=" + secret,
		`"password": "` + secret + `"`,
		"--api-key=" + secret,
		"MLFLOW_TRACKING_PASSWORD=" + secret + " MODE=x",
		"ghp_" + secret + secret,
		"eyJhbGciOi." + secret + ".sig",
	} {
		j := openTest(t)
		got := appendTest(t, j, Record{Op: OpNote, Phase: PhaseNote, Text: text, Reason: text, Error: text, Confirm: text})
		raw, _ := os.ReadFile(j.Path())
		if strings.Contains(string(raw), secret) || !strings.Contains(got.Error, hidden) {
			t.Errorf("%q was written as %s", text, raw)
		}
	}
}

func TestNamesStayReadable(t *testing.T) {
	for _, name := range []string{"registry.example/model-token:1.2.0", "sk-learn-pipeline-v2", "model@sha256:abc", "fraud secret-scanner 13"} {
		if got := redactName(name); got != name {
			t.Errorf("%q became %q", name, got)
		}
	}
	if got := redactName("https://u:p@host/img:1"); got != "https://"+hidden+"@host/img:1" {
		t.Errorf("userinfo stays: %q", got)
	}
	const plain = "B looks good: errors 0.1 %, see https://wiki.example/run?x=1"
	if got := redactText(plain, maxText); got != plain {
		t.Errorf("%q became %q", plain, got)
	}
}
