// Package testdata embeds the seed files that `pitwall up` serves: two small data sets and models trained on them. Their
// provenance is in models/README.md.
package testdata

import "embed"

// Models holds the seed models and data sets under models/.
//
//go:embed models/bc_rf.onnx models/bc_xgb.json models/bc_gb.onnx models/bc_lr.onnx models/wine_gb.onnx models/wine_rf.onnx
//go:embed models/bc.json models/wine.json
var Models embed.FS
