package manifests

// workflowRules are those of GitHub workflows.
var workflowRules = map[string]Rule{
	"workflow/lint":           {Severity: Error, Why: "GitHub refuses it, or does something else.", Fix: "see what is said of it"},
	"workflow/pin":            {Severity: Error, Why: "Whoever moves the tag runs in your repository.", Fix: "pin the action by its commit: uses: owner/name@<40 hex digits> # v1.2.3"},
	"workflow/pin-comment":    {Severity: Note, Why: "Nobody sees which version the commit is.", Fix: "add a comment with the version"},
	"workflow/permissions":    {Severity: Warning, Why: "Every step may write to the repository.", Fix: "set permissions: {} at the top, and what is needed by job"},
	"workflow/timeout":        {Severity: Warning, Why: "A job that hangs is paid for six hours.", Fix: "set timeout-minutes"},
	"workflow/runner":         {Severity: Note, Why: "The machine changes under the job.", Fix: "name a version, as ubuntu-24.04"},
	"workflow/credentials":    {Severity: Warning, Why: "Every later step can push.", Fix: "set persist-credentials: false"},
	"workflow/pr-target":      {Severity: Error, Why: "Code of a stranger runs with your secrets.", Fix: "use pull_request"},
	"workflow/environment":    {Severity: Warning, Why: "Nobody has to approve it.", Fix: "give the job an environment"},
	"workflow/concurrency":    {Severity: Warning, Why: "Two deploys overtake each other.", Fix: "give the job a concurrency group that cancels nothing"},
	"workflow/tag-deploy":     {Severity: Error, Why: "What is deployed is not what was scanned.", Fix: "deploy by digest"},
	"workflow/no-undo":        {Severity: Warning, Why: "A broken version stays.", Fix: "wait for the rollout, and undo it when it fails"},
	"workflow/write-all":      {Severity: Error, Why: "Every action of every step may change the repository, its releases and its packages.", Fix: "set permissions: {} at the top, and what is needed by job"},
	"workflow/secret-run":     {Severity: Warning, Why: "The value becomes a part of the script: a quote in it runs, and the process list shows it.", Fix: "hand it over in env, and use \"$NAME\""},
	"workflow/secret-echo":    {Severity: Error, Why: "The log is read by many, and a value that is changed a little is not masked.", Fix: "print nothing of it"},
	"workflow/pipe-shell":     {Severity: Error, Why: "Whoever owns that server runs in your repository.", Fix: "fetch a version, check its sha256, then run it"},
	"workflow/login-password": {Severity: Error, Why: "Every process of the machine sees it, and it stays in the shell's trace.", Fix: "use --password-stdin, or docker/login-action"},
	"workflow/image-latest":   {Severity: Error, Why: "The job runs in another image tomorrow.", Fix: "name a version, and its digest"},
	"workflow/inherit":        {Severity: Warning, Why: "The called workflow gets every secret of this one.", Fix: "hand over by name what it needs"},
}
