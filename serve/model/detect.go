package model

import (
	"bytes"
	"errors"
)

// compile tells the format from the first bytes and hands the file to its reader.
func compile(data []byte, o Options) (*compiled, error) {
	if len(data) == 0 {
		return nil, errors.New("the file is empty")
	}
	if reason := foreign(data); reason != "" {
		return nil, errors.New(reason)
	}
	text := bytes.TrimLeft(data, " \t\r\n")
	switch {
	case len(text) > 0 && text[0] == '[':
		return nil, errors.New(notSaveModel)
	case len(text) > 1 && text[0] == '{' && bytes.IndexByte([]byte(" \t\r\n\"}"), text[1]) >= 0:
		return compileXGBoost("xgboost-json", text, o)
	case len(data) > 1 && data[0] == '{':
		text, err := ubjToJSON(data)
		if err != nil {
			return nil, err
		}
		return compileXGBoost("xgboost-ubj", text, o)
	}
	return compileONNX(data, o)
}

const (
	notSaveModel = "not an XGBoost save_model file (dump_model output cannot be served): write it with Booster.save_model(\"model.json\")"
	pickleAdvice = "pickles are not read, because loading one can run code: export a scikit-learn model to ONNX with skl2onnx"
	xgbPickle    = "pickled XGBoost models are not read, because loading a pickle can run code: use save_model(\"model.json\")"
)

// signatures are the first bytes of formats that users try and that are refused with advice.
var signatures = []struct{ magic, reason string }{
	{"PK\x03\x04", "this is a zip archive (PyTorch, Keras or NumPy): export the model to ONNX"},
	{"\x89HDF", "this is an HDF5 file (Keras): export the model to ONNX"},
	{"\x1f\x8b", "this is a gzip file: unpack it first; a compressed joblib file has to be exported to ONNX with skl2onnx"},
	{"\x78\x9c", "this is a zlib stream, as joblib writes it: export the model to ONNX with skl2onnx"},
	{"binf", "this is XGBoost's old binary format: load it with XGBoost and write it with save_model(\"model.json\")"},
	{"bs64", "this is XGBoost's old binary format: load it with XGBoost and write it with save_model(\"model.json\")"},
	{"booster[", notSaveModel},
	{"tree\n", "LightGBM text models are not read: export the model to ONNX with onnxmltools"},
	{"<?xml", "this is XML (PMML?): export the model to ONNX"},
	{"version https://git-lfs", "this is a Git LFS pointer, not the model: run git lfs pull"},
}

// foreign says why a file of a known other format is refused, or "".
func foreign(data []byte) string {
	if len(data) > 1 && data[0] == 0x80 && data[1] <= 5 { // PROTO opcode of pickle protocols 2 to 5
		if bytes.Contains(data[:min(len(data), 4096)], []byte("xgboost")) {
			return xgbPickle
		}
		return pickleAdvice
	}
	for _, s := range signatures {
		if bytes.HasPrefix(data, []byte(s.magic)) {
			return s.reason
		}
	}
	return ""
}
