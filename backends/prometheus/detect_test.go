package prometheus

import (
	"errors"
	"strings"
	"testing"
)

func TestDetectTellsEveryCapture(t *testing.T) {
	for _, p := range profileTests() {
		want := p.name
		if want == "mlserver-custom" { // its own metric may have any name
			want = "mlserver"
		}
		text := capture(t, p.name)
		if p.second != nil && p.name != "fastapi" {
			if got, known := Detect(names(p.second(text))); !known || got.Name != want {
				t.Errorf("%s, variant B: %q, %v", p.name, got.Name, known)
			}
		}
		families := names(text)
		for i := range families {
			families[i] = family(families[i])
		}
		for _, list := range [][]string{names(text), families} {
			if got, known := Detect(list); !known || got.Name != want {
				t.Errorf("%s: %q, %v", p.name, got.Name, known)
			}
		}
	}
	for _, list := range [][]string{nil, {"up"}, {"http_requests_total", "go_goroutines"}} {
		if got, known := Detect(list); known {
			t.Errorf("%q is %s", list, got.Name)
		}
	}
	if got, known := Detect([]string{"model_requests_total", "model_info", "gateway_split_weight"}); !known || got.Name != "pitwall" {
		t.Errorf("before the gateway's first request: %q", got.Name)
	}
	if got, known := Detect([]string{"vllm:request_success_total", "gateway_requests_total"}); !known || got.Name != "pitwall" {
		t.Errorf("behind pitwall's gateway: %q", got.Name)
	}
}

func TestProfileNamed(t *testing.T) {
	for _, p := range Profiles() {
		if got, err := ProfileNamed(p.Name); err != nil || got.Name != p.Name {
			t.Errorf("%s: %q, %v", p.Name, got.Name, err)
		}
	}
	if got, err := ProfileNamed("mlserver-custom:scoring_seconds"); err != nil || got.Latency[0].Metric != "scoring_seconds" {
		t.Errorf("custom: %+v, %v", got.Latency, err)
	}
	var unknown *UnknownProfileError
	if _, err := ProfileNamed("tritn"); !errors.As(err, &unknown) || len(unknown.Known) != 12 ||
		!strings.HasPrefix(err.Error(), `no profile "tritn" of a serving system: there are pitwall, pitwall-serve, triton, kserve`) {
		t.Errorf("unknown: %v", err)
	}
	for _, name := range []string{"", "mlserver-custom:", `mlserver-custom:a{b="c"}`} {
		if _, err := ProfileNamed(name); err == nil {
			t.Errorf("%q is a profile", name)
		}
	}
}

func TestWhatAServerLacksHasAReason(t *testing.T) {
	own, err := MLServer().ByModel(nil)
	if err != nil {
		t.Fatal(err)
	}
	seldon, err := SeldonV2().ByModel(nil)
	if err != nil {
		t.Fatal(err)
	}
	bare, err := KServe().ByModel(nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		profile Profile
		panel   Panel
		missing string
		caveat  string
	}{
		{Pitwall(), Drift, "", ""},
		{KServe(), Errors, noSeries, ""},
		{KServe(), Memory, "", ""},
		{bare, Memory, noModel, ""},
		{bare, Latency, "", "of the predict step"},
		{TorchServe(), Latency, noBuckets, ""},
		{TorchServe(), Errors, "", "of the whole server"},
		{MLServer(), Latency, "", "without gRPC"},
		{own, Latency, noBuckets, ""},
		{seldon, Latency, noBuckets, ""},
		{FastAPI(), Latency, "", "of the whole process"},
		{VLLM(), Drift, noSeries, ""},
		{Triton(), Panel(99), noSeries, ""},
	} {
		client := &Client{profile: c.profile}
		if got := client.Missing(c.panel); got != c.missing {
			t.Errorf("%s, panel %d is missing: %q, want %q", c.profile.Name, c.panel, got, c.missing)
		}
		if got := client.Caveat(c.panel); !strings.Contains(got, c.caveat) || (got != "") != (c.caveat != "") {
			t.Errorf("%s, panel %d has the caveat %q, want %q", c.profile.Name, c.panel, got, c.caveat)
		}
	}
	if MLServer().Caveat(Latency) == "" {
		t.Error("ByModel changed the profile that it was asked of")
	}
}
