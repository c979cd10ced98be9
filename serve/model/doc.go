// Package model reads machine-learning model files and answers rows of numbers with them.
//
// It reads two families, told apart by their content:
//
//   - ONNX as skl2onnx writes it: the tree, linear and feature operators of ai.onnx.ml and those of
//     ai.onnx that scikit-learn pipelines and small neural nets need (the list is in operators.go).
//   - XGBoost save_model files, JSON or UBJSON, booster gbtree.
//
// Everything is checked when a file is loaded: a damaged file gives a *FormatError then, and never a
// panic, a hang or a wrong shape in Predict. None of the formats has a checksum, so damage that still
// parses is found only by comparing a digest (Options.SHA256).
//
// Arithmetic is float32 between operators, as ONNX Runtime does it; sums (votes of trees, dot products)
// are kept in float64. Double-precision files are evaluated the same way, with thresholds rounded so that
// no comparison changes. Rows never influence one another: Load refuses graphs that mix them, so
// a row gives the same bits alone and in any batch.
package model
