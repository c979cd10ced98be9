package control

import "pitwall/backends"

// Setup tells how the processes of a deployment are set up: the answer to
// PathSetup. It holds no value of a variable.
type Setup struct {
	UID       int                `json:"uid"` // that the processes run as, -1 where the system has none
	Env       []backends.EnvVar  `json:"env"` // in name order
	Readiness string             `json:"readiness"`
	Liveness  string             `json:"liveness"`
	Startup   string             `json:"startup"`
	Replacing backends.Replacing `json:"replacing"`
	Logs      string             `json:"logs"` // directory of the replicas' files
	Door      Door               `json:"door"`
	Variants  []VariantSetup     `json:"variants"` // in the order of the listing
}

// Door is a front door with the replicas that it knows.
type Door struct {
	Address   string              `json:"address"` // URL
	Endpoints []backends.Endpoint `json:"endpoints"`
	Error     string              `json:"error,omitempty"` // why they are not known
}

// VariantSetup is what the variants of a deployment differ in.
type VariantSetup struct {
	Variant      string                  `json:"variant"`
	Model        File                    `json:"model"`
	Digest       string                  `json:"digest"`  // of the model file, as a listing has it
	Earlier      []backends.EarlierImage `json:"earlier"` // newest first
	EarlierError string                  `json:"earlier_error,omitempty"`
}

// File is a file of the supervisor's machine.
type File struct {
	Path  string `json:"path"`
	Bytes int64  `json:"bytes"`
	Error string `json:"error,omitempty"` // why its size is not known
}
