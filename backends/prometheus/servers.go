package prometheus

// The profiles of other serving systems. Their names were read in the sources
// of the systems; reference/serving.md §5 has the commits. A system knows
// nothing of pitwall's deployments and variants, so each profile takes them
// from labels that the scrape adds to its targets; see ByModel otherwise.

const microseconds = 1e-6 // in seconds

// serverErrors matches the codes of an HTTP answer and the names of gRPC's
// statuses that are the server's fault.
const serverErrors = `code=~"5..|Unknown|DeadlineExceeded|Unimplemented|Internal|Unavailable|DataLoss"`

// target is a profile that tells deployments and variants by the labels of the
// scrape's targets.
func target(name, modelLabel, versionLabel string) Profile {
	return Profile{Name: name, Deployment: "deployment", Variant: "variant", Model: modelLabel, Version: versionLabel}
}

// Triton is NVIDIA's Triton Inference Server. It counts successes and failures
// apart, and microseconds. Quantiles are there with the option
// --metrics-config summary_latencies=true only.
func Triton() Profile {
	p := target("triton", "model", "version")
	succeeded, failed := Selector{Metric: "nv_inference_request_success"}, Selector{Metric: "nv_inference_request_failure"}
	p.Requests, p.Errors = []Selector{succeeded, failed}, failed
	p.Latency = []LatencySource{
		{Selector: Selector{Metric: "nv_inference_request_summary_us"}, Kind: SummaryLatency, Seconds: microseconds},
		{Selector: Selector{Metric: "nv_inference_request_duration_us"}, Kind: CounterLatency, Count: succeeded, Seconds: microseconds},
	}
	p.Caveats = map[Panel]string{Latency: "quantiles need summary_latencies=true; of replicas, the worst one's"}
	p.marks = []string{"nv_inference_request_success"}
	return p
}

// KServe is KServe's Python server. It has no errors and no versions: those are
// known to the mesh in front of it.
func KServe() Profile {
	p := target("kserve", "model_name", "")
	p.Requests = []Selector{{Metric: "request_predict_seconds_count"}}
	p.Latency = []LatencySource{{Selector: Selector{Metric: "request_predict_seconds"}}}
	p.Memory = Selector{Metric: "process_resident_memory_bytes", Whole: true}
	p.CPU = Selector{Metric: "process_cpu_seconds_total", Whole: true}
	p.Caveats = map[Panel]string{Latency: "of the predict step, without pre- and postprocessing"}
	p.marks = []string{"request_predict_seconds"}
	return p
}

// MLServer is Seldon's MLServer. Its own summary has no quantiles; those of its
// REST front are of all models together.
func MLServer() Profile {
	p := target("mlserver", "model", "version")
	failed := Selector{Metric: "model_infer_request_failure_total"}
	p.Requests, p.Errors = []Selector{{Metric: "model_infer_request_success_total"}, failed}, failed
	p.Latency = []LatencySource{
		// The documentation says requests, the library behind it request.
		{Selector: Selector{Metric: "rest_server_requests?_duration_seconds", Match: `path=~".*/infer"`, Whole: true}},
		{Selector: Selector{Metric: "model_infer_request_duration"}, Kind: SumCountLatency},
	}
	p.Caveats = map[Panel]string{Latency: "quantiles are of REST requests to all models of the server, without gRPC"}
	p.marks = []string{"model_infer_request_success"}
	return p
}

// MLServerCustom is MLServer with a histogram of latency in seconds that the
// model itself logs (mlserver.log(METRIC=…)). Such a metric has other labels
// than MLServer's own, and unlike those it gives quantiles by version.
func MLServerCustom(metric string) Profile {
	p := MLServer()
	p.Name = customPrefix + metric
	p.Latency[0] = LatencySource{Selector: Selector{Metric: metric, Model: "model_name", Version: "model_version"}}
	p.Caveats = map[Panel]string{Latency: "quantiles are of " + metric + ", as the model logs it"}
	p.marks = nil // the name is the model's, so nothing tells it
	return p
}

// BentoML is a Bento's API server; its namespace depends on the version of the
// configuration. Probes of its health are answered by the same counters.
func BentoML() Profile {
	const prefix, served = "bentoml_(service|api_server)_", `endpoint!~"/(livez|readyz|healthz|metrics)"`
	p := target("bentoml", "service_name", "service_version")
	p.Requests = []Selector{{Metric: prefix + "request_total", Match: served}}
	p.Errors = Selector{Metric: prefix + "request_total", Match: served + `,http_response_code=~"5.."`}
	p.Rejects = Selector{Metric: prefix + "request_total", Match: served + `,http_response_code=~"4.."`}
	p.Latency = []LatencySource{{Selector: Selector{Metric: prefix + "request_duration_seconds", Match: served}}}
	p.InFlight = Selector{Metric: prefix + "request_in_progress", Match: served}
	p.marks = []string{"bentoml_(service|api_server)_request"}
	return p
}

// TorchServe is PyTorch's TorchServe. It exports nothing while its metrics_mode
// is "log", which is the default. Latency is a counter of microseconds.
func TorchServe() Profile {
	p := target("torchserve", "model_name", "model_version")
	answered := Selector{Metric: "ts_inference_requests_total"}
	p.Requests = []Selector{answered}
	p.Errors = Selector{Metric: "Requests5XX", Whole: true}
	p.Latency = []LatencySource{{Selector: Selector{Metric: "ts_inference_latency_microseconds"}, Kind: CounterLatency, Count: answered, Seconds: microseconds}}
	p.Caveats = map[Panel]string{Errors: "of the whole server: its errors carry no model"}
	p.marks = []string{"ts_inference_requests"}
	return p
}

// VLLM is vLLM's OpenAI-compatible server. Failed requests never reach the
// engine's counters.
func VLLM() Profile {
	p := target("vllm", "model_name", "")
	p.Requests = []Selector{{Metric: "vllm:request_success_total"}}
	p.Latency = []LatencySource{{Selector: Selector{Metric: "vllm:e2e_request_latency_seconds"}}}
	p.InFlight = Selector{Metric: "vllm:num_requests_running"}
	p.Caveats = map[Panel]string{
		Latency:    "to the last token; below 0.3 s, the finest bucket, it is a guess",
		Throughput: "requests that finished, the aborted ones among them",
	}
	p.marks = []string{"vllm:request_success"}
	return p
}

// FastAPI is an app with prometheus-fastapi-instrumentator. Codes may be grouped
// ("5xx"). The buckets that carry labels are too coarse for quantiles.
func FastAPI() Profile {
	const served = `handler!~"/metrics|/(health|healthz|livez|readyz|live|ready)"`
	p := target("fastapi", "", "")
	p.Requests = []Selector{{Metric: "http_requests_total", Match: served}}
	p.Errors = Selector{Metric: "http_requests_total", Match: served + `,status=~"5.."`} // 503 and 5xx alike
	p.Rejects = Selector{Metric: "http_requests_total", Match: served + `,status=~"4.."`}
	p.Latency = []LatencySource{{Selector: Selector{Metric: "http_request_duration_highr_seconds", Whole: true}}}
	p.Memory = Selector{Metric: "process_resident_memory_bytes", Whole: true}
	p.CPU = Selector{Metric: "process_cpu_seconds_total", Whole: true}
	p.Caveats = map[Panel]string{Latency: "of the whole process: all handlers, probes and scrapes among them"}
	p.marks = []string{"http_requests", "http_request_duration_highr_seconds"}
	return p
}

// SeldonV2 is the agent beside a server of Seldon Core 2, which may put its
// namespace before the names. Its histogram carries no model.
func SeldonV2() Profile {
	const prefix = "([a-z0-9_]+_)?seldon_model_infer_"
	p := target("seldon-v2", "model", "model_internal")
	inferred := Selector{Metric: prefix + "total"}
	p.Requests = []Selector{inferred}
	p.Errors = Selector{Metric: prefix + "total", Match: serverErrors}
	p.Latency = []LatencySource{
		{Selector: Selector{Metric: prefix + "api_seconds", Whole: true}},
		{Selector: Selector{Metric: prefix + "seconds_total"}, Kind: CounterLatency, Count: inferred},
	}
	p.Caveats = map[Panel]string{Latency: "quantiles are of all models of the server together"}
	p.marks = []string{"([a-z0-9_]+_)?seldon_model_infer"}
	return p
}

// SeldonV1 is the executor of a predictor of Seldon Core 1: what it asked of
// the models, by their version.
func SeldonV1() Profile {
	const metric = "seldon_api_executor_client_requests_seconds"
	p := target("seldon-v1", "deployment_name", "model_version")
	p.Requests = []Selector{{Metric: metric + "_count"}}
	p.Errors = Selector{Metric: metric + "_count", Match: serverErrors}
	p.Latency = []LatencySource{{Selector: Selector{Metric: metric}}}
	p.Caveats = map[Panel]string{Throughput: "a request counts once for every model of its graph"}
	p.marks = []string{metric}
	return p
}
