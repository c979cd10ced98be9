package engine

import (
	"slices"
	"strings"
	"testing"
)

func TestSecretsAreMasked(t *testing.T) {
	for entry, want := range map[string]string{
		"DB_PASSWORD=hunter2":                     "DB_PASSWORD=" + masked,
		"PGPASSWORD=hunter2":                      "PGPASSWORD=" + masked,
		"apiKey=hunter2":                          "apiKey=" + masked,
		"AWS_SECRET_ACCESS_KEY=a=b=c":             "AWS_SECRET_ACCESS_KEY=" + masked,
		"HF_TOKEN=12345":                          "HF_TOKEN=" + masked,
		"API_TOKENS=a,b":                          "API_TOKENS=" + masked,
		"DB_PWD=x":                                "DB_PWD=" + masked,
		"REGISTRY_AUTH={\"x\":1}":                 "REGISTRY_AUTH=" + masked,
		"SENTRY_DSN=https://k@sentry.example/1":   "SENTRY_DSN=" + masked,
		"GOOGLE_CREDENTIALS=multi\nline":          "GOOGLE_CREDENTIALS=" + masked,
		"DATABASE_URL=postgres://u:p@db:5432/x":   "DATABASE_URL=postgres://" + masked + "@db:5432/x",
		"URL=http://u:p@ss@db/x":                  "URL=http://" + masked + "@db/x",
		"OPTS=--password=hunter2 --port=1":        "OPTS=--password=" + masked + " --port=1",
		"SOME=eyJhbGciOi.eyJzdWIiOiIx.c2lnbmVk":   "SOME=" + masked,
		"SOME=ghp_0123456789abcdefghij":           "SOME=" + masked,
		"CERT=-----BEGIN PRIVATE KEY-----\nMII\n": "CERT=" + masked,
		// and these are shown
		"MAX_TOKENS=512":              "MAX_TOKENS=512",
		"TOKENIZER=bert-base":         "TOKENIZER=bert-base",
		"TOKENIZERS_PARALLELISM=true": "TOKENIZERS_PARALLELISM=true",
		"AUTHOR=ann":                  "AUTHOR=ann",
		"PWD=/srv":                    "PWD=/srv",
		"DB_PASSWORD_FILE=/run/x":     "DB_PASSWORD_FILE=/run/x",
		"PATH=/usr/bin:/bin":          "PATH=/usr/bin:/bin",
		"MODEL=s3://bucket/churn":     "MODEL=s3://bucket/churn",
		"EMPTY_PASSWORD=":             "EMPTY_PASSWORD=",
		"WITHOUT":                     "WITHOUT",
	} {
		if got := maskEntry(entry); got != want {
			t.Errorf("%q becomes %q, want %q", entry, got, want)
		}
	}
}

func TestSecretsInCommands(t *testing.T) {
	for _, tt := range []struct{ args, want []string }{
		{[]string{"serve", "--token=x", "--port=8080"}, []string{"serve", "--token=" + masked, "--port=8080"}},
		{[]string{"serve", "--password", "hunter2", "--port", "1"}, []string{"serve", "--password", masked, "--port", "1"}},
		{[]string{"--password", "-dash-first"}, []string{"--password", masked}},
		{[]string{"--no-auth", "--port"}, []string{"--no-auth", "--port"}},
		{[]string{"--max-tokens", "512"}, []string{"--max-tokens", "512"}},
		{[]string{"--tokenizer", "bert"}, []string{"--tokenizer", "bert"}},
		{[]string{"--key-file", "/etc/k"}, []string{"--key-file", "/etc/k"}},
		{[]string{"sh", "-c", "PGPASSWORD=hunter2 psql -c 'select 1'"}, []string{"sh", "-c", "PGPASSWORD=" + masked}}, // where the value ends is not known
		{[]string{"sh", "-c", "exec PGPASSWORD=hunter2 psql"}, []string{"sh", "-c", "exec PGPASSWORD=" + masked + " psql"}},
		{[]string{"sh", "-c", "run --api-key 'two words' --port 1"}, []string{"sh", "-c", "run --api-key " + masked + " --port 1"}},
		{[]string{"CMD-SHELL", `curl -H "Authorization: Bearer abc.def" http://u:p@x/`}, []string{"CMD-SHELL", `curl -H "Authorization: ` + masked + `" http://` + masked + `@x/`}},
		{[]string{"CMD", "curl", "-H", "X-Api-Key: abc"}, []string{"CMD", "curl", "-H", "X-Api-Key: " + masked}},
		{[]string{"CMD-SHELL", "curl -u ann:hunter2 http://x"}, []string{"CMD-SHELL", "curl -u " + masked + " http://x"}},
		{[]string{`{"password": "hunter2", "port": 1}`}, []string{`{"password": ` + masked + `, "port": 1}`}},
		{[]string{"/server", "health"}, []string{"/server", "health"}},
	} {
		if got := maskArgs(tt.args); !slices.Equal(got, tt.want) {
			t.Errorf("%q becomes %q, want %q", tt.args, got, tt.want)
		}
	}
}

func TestTreeKeepsOrderAndHidesSecrets(t *testing.T) {
	tree, err := parseTree([]byte(`{"Id":"abc","State":{"Running":true,"Pid":12,"Health":{"Log":[{"Output":"401 for token=geheim"}]}},"Path":"/server","Args":["--token","geheim"],
		"Config":{"Env":["A=1","S3_SECRET=geheim"],"Labels":{"api.key":"geheim","com.pitwall.deployment":"churn"},"Healthcheck":{"Test":["CMD-SHELL","x --password=geheim"]},"Entrypoint":null},
		"HostConfig":{"LogConfig":{"Type":"splunk","Config":{"splunk-token":"geheim"}}},"NetworkSettings":{"SandboxKey":"/run/netns/1"},"Empty":[]}`))
	if err != nil {
		t.Fatal(err)
	}
	maskTree(&tree, "")
	var names []string
	for _, n := range tree.Nodes {
		names = append(names, n.Name)
	}
	if got := strings.Join(names, " "); got != "Id State Path Args Config HostConfig NetworkSettings Empty" {
		t.Errorf("the order is %s", got)
	}
	text := flat(tree)
	if strings.Contains(text, "geheim") {
		t.Errorf("a secret is left:\n%s", text)
	}
	for _, want := range []string{"Pid=12", "Running=true", "0=A=1", "com.pitwall.deployment=churn", "SandboxKey=/run/netns/1", "Type=splunk"} {
		if !strings.Contains(text, want+"\n") {
			t.Errorf("%s is missing:\n%s", want, text)
		}
	}
	for _, broken := range []string{``, `{`, `{"a"`, `[1,`, strings.Repeat("[", 1000)} {
		if _, err := parseTree([]byte(broken)); err == nil {
			t.Errorf("%.10q is taken for a document", broken)
		}
	}
}

func flat(n Node) string {
	text := n.Name + "=" + n.Value + "\n"
	for _, below := range n.Nodes {
		text += flat(below)
	}
	return text
}

func FuzzMaskText(f *testing.F) {
	f.Add("--password x --token=y a=b")
	f.Add("x\"=: 'y")
	f.Fuzz(func(t *testing.T, text string) {
		if strings.Contains(text, "hunter2") {
			t.Skip()
		}
		maskText(text)
		if got := maskEntry("PASSWORD=hunter2" + text); strings.Contains(got, "hunter2") {
			t.Errorf("%q is shown", got)
		}
	})
}
