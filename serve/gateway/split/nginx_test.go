package split_test

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"pitwall/serve/gateway/internal/nginxtest"
	"pitwall/serve/gateway/split"
)

// TestSameAsNginx asks a real nginx about 24,000 users, in four layouts.
func TestSameAsNginx(t *testing.T) {
	layouts := []struct {
		salt    string
		weights []split.Weight
	}{
		{"", []split.Weight{{Variant: "A", Points: 9000}, {Variant: "B", Points: 1000}}},
		{"exp1", []split.Weight{{Variant: "A", Points: 6999}, {Variant: "B", Points: 3001}}},
		{"spring-2026:", []split.Weight{{Variant: "A", Points: 6667}, {Variant: "B", Points: 3000}, {Variant: "C", Points: 333}}},
		{"s", []split.Weight{{Variant: "A", Points: 6000}, {Variant: "B", Points: 1000}, {Variant: "C", Points: 1000}, {Variant: "D", Points: 1000}, {Variant: "E", Points: 1000}}},
	}
	var blocks, locations strings.Builder
	tables := make([]*split.Table, len(layouts))
	for i, l := range layouts {
		table, err := split.New(l.weights)
		if err != nil {
			t.Fatal(err)
		}
		tables[i] = table
		blocks.WriteString(nginxtest.SplitClients(fmt.Sprintf("v%d", i), l.salt, table))
		fmt.Fprintf(&locations, "location = /%d { return 200 $v%d; }\n", i, i)
	}
	addr := nginxtest.Start(t, fmt.Sprintf("%s\nserver { listen LISTEN; keepalive_requests 100000; %s }", &blocks, &locations))

	for i, l := range layouts {
		for user := range 6000 {
			key := fmt.Sprintf("user%05d", user)
			if got, want := tables[i].AssignKey(l.salt, key), ask(t, addr, i, key); got != want {
				t.Fatalf("layout %d, salt %q, user %s: %s, nginx says %s", i, l.salt, key, got, want)
			}
		}
	}
}

func ask(t *testing.T, addr string, layout int, key string) string {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, fmt.Sprintf("http://%s/%d", addr, layout), nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("X-User-Id", key)
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(body)
}
