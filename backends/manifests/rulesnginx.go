package manifests

// nginxRules are those of configurations of nginx.
var nginxRules = map[string]Rule{
	"nginx/split-sum":      {Severity: Error, Why: "nginx refuses more than 100 %.", Fix: "let the shares sum to at most 100 %, and the last be *"},
	"nginx/split-rest":     {Severity: Error, Why: "Requests beyond the shares go nowhere.", Fix: "end the block with * and a variant"},
	"nginx/split-empty":    {Severity: Warning, Why: "nginx refuses a share of 0 %.", Fix: "leave the variant out"},
	"nginx/no-upstream":    {Severity: Error, Why: "nginx answers 502, or does not start.", Fix: "declare the upstream"},
	"nginx/host-name":      {Severity: Warning, Why: "nginx does not start where that name cannot be resolved.", Fix: "declare an upstream of that name, or make sure that DNS knows it"},
	"nginx/one-server":     {Severity: Warning, Why: "Nothing takes over when it ends.", Fix: `add another server, or a comment that says why: # one is enough: …`},
	"nginx/retry-post":     {Severity: Error, Why: "A POST that is sent twice may be done twice.", Fix: "take non_idempotent away"},
	"nginx/keepalive":      {Severity: Note, Why: "Without HTTP/1.1 and an empty Connection header nothing is kept alive.", Fix: `add proxy_http_version 1.1 and proxy_set_header Connection ""`},
	"nginx/read-timeout":   {Severity: Note, Why: "A replica that hangs holds a request for 60 s.", Fix: "set proxy_read_timeout to what a prediction may take"},
	"nginx/tokens":         {Severity: Note, Why: "The version tells which holes to try.", Fix: "add server_tokens off"},
	"nginx/status-public":  {Severity: Warning, Why: "Everybody sees the load, and can probe it.", Fix: "add allow 127.0.0.1; deny all;"},
	"nginx/directive":      {Severity: Error, Why: "nginx does not start.", Fix: "mend the name, or load the module that has it"},
	"nginx/semicolon":      {Severity: Error, Why: "nginx reads the next line as a part of this one.", Fix: "end the line with ;"},
	"nginx/location-twice": {Severity: Error, Why: "nginx does not start.", Fix: "join the two blocks"},
	"nginx/no-certificate": {Severity: Error, Why: "nginx does not start, or refuses every handshake.", Fix: "add ssl_certificate and ssl_certificate_key"},
	"nginx/old-tls":        {Severity: Error, Why: "What is sent can be read by who listens.", Fix: "set ssl_protocols TLSv1.2 TLSv1.3"},
	"nginx/autoindex":      {Severity: Warning, Why: "Everybody sees which files lie there.", Fix: "take autoindex away"},
	"nginx/root":           {Severity: Error, Why: "Whoever breaks out of a worker is root.", Fix: "name a user without rights, as user nginx"},
	"nginx/split-last":     {Severity: Note, Why: "Shares are rounded down, and a rare request has no variant.", Fix: "let the last share be *"},
	"nginx/alias":          {Severity: Error, Why: "A request for /name../ reads the directory above.", Fix: "end the location with / as the alias does"},
	"nginx/open-proxy":     {Severity: Error, Why: "Whoever sends the request chooses the host, also one that only nginx can reach.", Fix: "choose among upstreams with map"},
}
