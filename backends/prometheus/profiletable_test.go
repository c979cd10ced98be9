package prometheus

import (
	"strings"
)

// profileTest is a serving system whose variant A wrote testdata/profiles/NAME.txt,
// and whose B is three times as busy.
type profileTest struct {
	name    string
	profile Profile
	second  func(text string) string // what B's scrape has otherwise, nil for nothing

	// Figures by variant ("" is the whole deployment). One that is not named
	// has to be missing.
	targets map[string]string            // told by the labels of the targets
	models  map[string]map[string]string // told by the server's own labels, by model
	version map[string]string            // version → variant
}

func profileTests() []profileTest {
	replace := func(pairs ...string) func(string) string { return strings.NewReplacer(pairs...).Replace }
	lines := func(part string) func(string) string { return func(text string) string { return without(text, part) } }
	return []profileTest{
		{ // Successes and failures apart, microseconds, quantiles only where they were switched on, rows that are not requests.
			name: "triton", profile: Triton(), second: lines("summary_us"),
			targets: map[string]string{
				"A": "rps=31 errors=0.0322580645 p50=0.009 p95=0.02 p99=0.045 mean=0.006",
				"B": "rps=93 errors=0.0322580645 mean=0.006",
				"":  "rps=124 errors=0.0322580645 p50=0.009 p95=0.02 p99=0.045 mean=0.006",
			},
			version: map[string]string{"1": "A", "2": "B"},
			models: map[string]map[string]string{"fraud": {
				"A": "rps=84 errors=0.0476190476 p50=0.0038 p95=0.007 p99=0.012 mean=0.004",
				"B": "rps=40 errors=0 p50=0.009 p95=0.02 p99=0.045 mean=0.01",
				"":  "rps=124 errors=0.0322580645 p50=0.009 p95=0.02 p99=0.045 mean=0.006",
			}},
		},
		{ // No errors, no versions.
			name: "kserve", profile: KServe(),
			targets: map[string]string{
				"A": "rps=10 p50=0.01 p95=0.05 p99=0.075 memory=209715200 cpu=0.5",
				"B": "rps=30 p50=0.01 p95=0.05 p99=0.075 memory=209715200 cpu=1.5",
				"":  "rps=40 p50=0.01 p95=0.05 p99=0.075 memory=419430400 cpu=2",
			},
			models: map[string]map[string]string{"churn": {"": "rps=40 p50=0.01 p95=0.05 p99=0.075"}},
		},
		{ // A summary without quantiles, a renamed metric of all models, probes on it, a model without a version.
			name: "mlserver", profile: MLServer(), second: replace("rest_server_request_", "rest_server_requests_"),
			targets: map[string]string{
				"A": "rps=14 errors=0.0714285714 p50=0.01 p95=0.05 p99=0.07 mean=0.03",
				"B": "rps=42 errors=0.0714285714 p50=0.01 p95=0.05 p99=0.07 mean=0.03",
				"":  "rps=56 errors=0.0714285714 p50=0.01 p95=0.05 p99=0.07 mean=0.03",
			},
			version: map[string]string{"v1": "A", "v2": "B"},
			models: map[string]map[string]string{
				"iris": {
					"A": "rps=32 errors=0 mean=0.02",
					"B": "rps=20 errors=0.2 mean=0.05",
					"":  "rps=52 errors=0.0769230769 mean=0.0315384615",
				},
				"wine": {"": "rps=4 errors=0 mean=0.01"}, // version "None" is no variant
			},
		},
		{ // Other labels on one metric; failures that nothing has counted yet.
			name: "mlserver-custom", profile: MLServerCustom("scoring_seconds"),
			targets: map[string]string{
				"A": "rps=15 errors=0 p50=0.019375 p95=0.425 p99=0.485 mean=0.1433333333",
				"B": "rps=45 errors=0 p50=0.019375 p95=0.425 p99=0.485 mean=0.1433333333",
				"":  "rps=60 errors=0 p50=0.019375 p95=0.425 p99=0.485 mean=0.1433333333",
			},
			version: map[string]string{"v1": "A", "v2": "B"},
			models: map[string]map[string]string{"loans": {
				"A": "rps=40 errors=0 p50=0.01 p95=0.05 p99=0.075 mean=0.015",
				"B": "rps=20 errors=0 p50=0.25 p95=0.475 p99=0.495 mean=0.4",
				"":  "rps=60 errors=0 p50=0.019375 p95=0.425 p99=0.485 mean=0.1433333333",
			}},
		},
		{ // Namespaces of both configurations, probes in the same counters.
			name: "bentoml", profile: BentoML(),
			second: replace("bentoml_service_", "bentoml_api_server_", `service_version="v1"`, `service_version="v2"`),
			targets: map[string]string{
				"A": "rps=10 errors=0.1 p50=0.01 p95=0.16 p99=0.288 inflight=3",
				"B": "rps=30 errors=0.1 p50=0.01 p95=0.16 p99=0.288 inflight=3",
				"":  "rps=40 errors=0.1 p50=0.01 p95=0.16 p99=0.288 inflight=6",
			},
			version: map[string]string{"v1": "A", "v2": "B"},
			models: map[string]map[string]string{"summarizer": {
				"A": "rps=10 errors=0.1 p50=0.01 p95=0.16 p99=0.288 inflight=3",
				"B": "rps=30 errors=0.1 p50=0.01 p95=0.16 p99=0.288 inflight=3",
				"":  "rps=40 errors=0.1 p50=0.01 p95=0.16 p99=0.288 inflight=6",
			}},
		},
		{ // Microseconds, no quantiles, errors without a model, which B has not had.
			name: "torchserve", profile: TorchServe(), second: lines("Requests5XX{"),
			targets: map[string]string{
				"A": "rps=6 errors=0.05 mean=0.06",
				"B": "rps=18 errors=0 mean=0.06",
				"":  "rps=24 errors=0.0125 mean=0.06",
			},
			version: map[string]string{"1.0": "A", "2.0": "B"},
			models:  map[string]map[string]string{"resnet": {"A": "rps=16 mean=0.05", "B": "rps=8 mean=0.08", "": "rps=24 mean=0.06"}},
		},
		{ // Colons, no errors, no versions, the metrics of another system beside its own.
			name: "vllm", profile: VLLM(),
			targets: map[string]string{
				"A": "rps=2 p50=0.8 p95=1 p99=1.4 inflight=4",
				"B": "rps=6 p50=0.8 p95=1 p99=1.4 inflight=4",
				"":  "rps=8 p50=0.8 p95=1 p99=1.4 inflight=8",
			},
			models: map[string]map[string]string{"llama": {"": "rps=8 p50=0.8 p95=1 p99=1.4 inflight=8"}},
		},
		{ // Grouped codes, scrapes in the counters, quantiles of the whole process; B has had no error yet.
			name: "fastapi", profile: FastAPI(), second: lines(`status="5xx"`),
			targets: map[string]string{
				"A": "rps=10 errors=0.05 p50=0.01 p95=0.025 p99=0.045 memory=104857600 cpu=0.2",
				"B": "rps=28.5 errors=0 p50=0.01 p95=0.025 p99=0.045 memory=104857600 cpu=0.6",
				"":  "rps=38.5 errors=0.0129870130 p50=0.01 p95=0.025 p99=0.045 memory=209715200 cpu=0.8",
			},
		},
		{ // Codes of HTTP and gRPC, a histogram without a model, a namespace before the names.
			name: "seldon-v2", profile: SeldonV2(), second: replace("seldon_model_", "seldon_mesh_seldon_model_"),
			targets: map[string]string{
				"A": "rps=10 errors=0.1 p50=0.01 p95=0.05 p99=0.075 mean=0.03",
				"B": "rps=30 errors=0.1 p50=0.01 p95=0.05 p99=0.075 mean=0.03",
				"":  "rps=40 errors=0.1 p50=0.01 p95=0.05 p99=0.075 mean=0.03",
			},
			version: map[string]string{"wines_1": "A", "wines_2": "B"},
			models: map[string]map[string]string{"wines": {
				"A": "rps=26.6666666667 errors=0.1 mean=0.02",
				"B": "rps=13.3333333333 errors=0.1 mean=0.05",
				"":  "rps=40 errors=0.1 mean=0.03",
			}},
		},
		{ // Requests measured twice: by the server and by its client.
			name: "seldon-v1", profile: SeldonV1(),
			second: replace(`model_version="1.2"`, `model_version="1.3"`, `predictor_name="default"`, `predictor_name="canary"`),
			targets: map[string]string{
				"A": "rps=10 errors=0.09 p50=0.01 p95=0.05 p99=0.075",
				"B": "rps=30 errors=0.09 p50=0.01 p95=0.05 p99=0.075",
				"":  "rps=40 errors=0.09 p50=0.01 p95=0.05 p99=0.075",
			},
			version: map[string]string{"1.2": "A", "1.3": "B"},
			models: map[string]map[string]string{"income": {
				"A": "rps=10 errors=0.09 p50=0.01 p95=0.05 p99=0.075",
				"B": "rps=30 errors=0.09 p50=0.01 p95=0.05 p99=0.075",
				"":  "rps=40 errors=0.09 p50=0.01 p95=0.05 p99=0.075",
			}},
		},
	}
}
