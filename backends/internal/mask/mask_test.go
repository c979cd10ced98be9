package mask

import (
	"slices"
	"strings"
	"testing"
)

func TestSecretsAreMasked(t *testing.T) {
	for entry, want := range map[string]string{
		"DB_PASSWORD=hunter2":                     "DB_PASSWORD=" + Masked,
		"PGPASSWORD=hunter2":                      "PGPASSWORD=" + Masked,
		"apiKey=hunter2":                          "apiKey=" + Masked,
		"AWS_SECRET_ACCESS_KEY=a=b=c":             "AWS_SECRET_ACCESS_KEY=" + Masked,
		"HF_TOKEN=12345":                          "HF_TOKEN=" + Masked,
		"API_TOKENS=a,b":                          "API_TOKENS=" + Masked,
		"DB_PWD=x":                                "DB_PWD=" + Masked,
		"REGISTRY_AUTH={\"x\":1}":                 "REGISTRY_AUTH=" + Masked,
		"SENTRY_DSN=https://k@sentry.example/1":   "SENTRY_DSN=" + Masked,
		"GOOGLE_CREDENTIALS=multi\nline":          "GOOGLE_CREDENTIALS=" + Masked,
		"DATABASE_URL=postgres://u:p@db:5432/x":   "DATABASE_URL=postgres://" + Masked + "@db:5432/x",
		"URL=http://u:p@ss@db/x":                  "URL=http://" + Masked + "@db/x",
		"OPTS=--password=hunter2 --port=1":        "OPTS=--password=" + Masked + " --port=1",
		"SOME=eyJhbGciOi.eyJzdWIiOiIx.c2lnbmVk":   "SOME=" + Masked,
		"SOME=ghp_0123456789abcdefghij":           "SOME=" + Masked,
		"CERT=-----BEGIN PRIVATE KEY-----\nMII\n": "CERT=" + Masked,
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
		if got := Entry(entry); got != want {
			t.Errorf("%q becomes %q, want %q", entry, got, want)
		}
	}
}

func TestSecretsInCommands(t *testing.T) {
	for _, tt := range []struct{ args, want []string }{
		{[]string{"serve", "--token=x", "--port=8080"}, []string{"serve", "--token=" + Masked, "--port=8080"}},
		{[]string{"serve", "--password", "hunter2", "--port", "1"}, []string{"serve", "--password", Masked, "--port", "1"}},
		{[]string{"--password", "-dash-first"}, []string{"--password", Masked}},
		{[]string{"--no-auth", "--port"}, []string{"--no-auth", "--port"}},
		{[]string{"--max-tokens", "512"}, []string{"--max-tokens", "512"}},
		{[]string{"--tokenizer", "bert"}, []string{"--tokenizer", "bert"}},
		{[]string{"--key-file", "/etc/k"}, []string{"--key-file", "/etc/k"}},
		{[]string{"sh", "-c", "PGPASSWORD=hunter2 psql -c 'select 1'"}, []string{"sh", "-c", "PGPASSWORD=" + Masked}}, // where the value ends is not known
		{[]string{"sh", "-c", "exec PGPASSWORD=hunter2 psql"}, []string{"sh", "-c", "exec PGPASSWORD=" + Masked + " psql"}},
		{[]string{"sh", "-c", "run --api-key 'two words' --port 1"}, []string{"sh", "-c", "run --api-key " + Masked + " --port 1"}},
		{[]string{"CMD-SHELL", `curl -H "Authorization: Bearer abc.def" http://u:p@x/`}, []string{"CMD-SHELL", `curl -H "Authorization: ` + Masked + `" http://` + Masked + `@x/`}},
		{[]string{"CMD", "curl", "-H", "X-Api-Key: abc"}, []string{"CMD", "curl", "-H", "X-Api-Key: " + Masked}},
		{[]string{"CMD-SHELL", "curl -u ann:hunter2 http://x"}, []string{"CMD-SHELL", "curl -u " + Masked + " http://x"}},
		{[]string{`{"password": "hunter2", "port": 1}`}, []string{`{"password": ` + Masked + `, "port": 1}`}},
		{[]string{`[{"name":"DB_PASSWORD","value":"a \"b"},{"name":"PORT","value":"1"}]`}, []string{`[{"name":"DB_PASSWORD","value":"` + Masked + `"},{"name":"PORT","value":"1"}]`}},
		{[]string{"/server", "health"}, []string{"/server", "health"}},
	} {
		if got := Args(tt.args); !slices.Equal(got, tt.want) {
			t.Errorf("%q becomes %q, want %q", tt.args, got, tt.want)
		}
	}
}

// docker is the shape of the documents of a Docker Engine.
var docker = Shape{Env: []string{"Env"}, Commands: []string{"Args", "Entrypoint", "Test"}, Maps: []string{"Labels", "Config"}}

func TestTreeKeepsOrderAndHidesSecrets(t *testing.T) {
	tree, err := Parse([]byte(`{"Id":"abc","State":{"Running":true,"Pid":12,"Health":{"Log":[{"Output":"401 for token=geheim"}]}},"Path":"/server","Args":["--token","geheim"],
		"Config":{"Env":["A=1","S3_SECRET=geheim"],"Labels":{"api.key":"geheim","com.pitwall.deployment":"churn"},"Healthcheck":{"Test":["CMD-SHELL","x --password=geheim"]},"Entrypoint":null},
		"HostConfig":{"LogConfig":{"Type":"splunk","Config":{"splunk-token":"geheim"}}},"NetworkSettings":{"SandboxKey":"/run/netns/1"},"Empty":[]}`))
	if err != nil {
		t.Fatal(err)
	}
	docker.Hide(&tree)
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
		if _, err := Parse([]byte(broken)); err == nil {
			t.Errorf("%.10q is taken for a document", broken)
		}
	}
}

func TestManifestsHideTheirSecrets(t *testing.T) {
	shape := Shape{Env: []string{"env"}, Commands: []string{"args", "command"}, Maps: []string{"labels", "annotations"}}
	tree, err := Parse([]byte(`{"kind":"Pod","metadata":{"annotations":{"x/api-key":"geheim","note":"{\"name\":\"TOKEN\",\"value\":\"geheim\"}"}},
		"spec":{"adminPassword":"geheim","clientSecret":"geheim","serviceAccountName":"sa","secretName":"names-one","automountServiceAccountToken":true,
		"containers":[{"args":["--token","geheim"],"env":[{"name":"HF_TOKEN","value":"geheim"},{"name":"URL","value":"http://u:geheim@db"},
			{"name":"FROM","valueFrom":{"secretKeyRef":{"key":"password","name":"db"}}},{"name":"PORT","value":"8080"}],
		"livenessProbe":{"httpGet":{"httpHeaders":[{"name":"X-Api-Key","value":"geheim"}]},"exec":{"command":["sh","-c","x --password=geheim"]}}}],
		"args":[{"name":"api-token","value":"geheim"},{"name":"service","value":"churn"}]}}`))
	if err != nil {
		t.Fatal(err)
	}
	shape.Hide(&tree)
	text := flat(tree)
	if strings.Contains(text, "geheim") {
		t.Errorf("a secret is left:\n%s", text)
	}
	for _, want := range []string{"value=8080", "value=churn", "key=password", "name=HF_TOKEN", "serviceAccountName=sa", "secretName=names-one", "automountServiceAccountToken=true"} {
		if !strings.Contains(text, want+"\n") {
			t.Errorf("%s is missing:\n%s", want, text)
		}
	}
	secret, err := Parse([]byte(`{"apiVersion":"v1","kind":"Secret","metadata":{"name":"db"},"data":{"user":"Z2VoZWlt"},"stringData":{"deep":{"x":"geheim"}}}`))
	if err != nil {
		t.Fatal(err)
	}
	shape.Hide(&secret)
	if text := flat(secret); strings.Contains(text, "geheim") || strings.Contains(text, "Z2VoZWlt") || !strings.Contains(text, "user="+Masked) || !strings.Contains(text, "name=db") {
		t.Errorf("of a Secret only the names are shown:\n%s", text)
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
		Text(text)
		if got := Entry("PASSWORD=hunter2" + text); strings.Contains(got, "hunter2") {
			t.Errorf("%q is shown", got)
		}
	})
}
