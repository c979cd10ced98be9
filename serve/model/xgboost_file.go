package model

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
)

// xgbFile is the part of save_model's schema that evaluation needs
// (https://github.com/dmlc/xgboost/blob/master/doc/model.schema).
type xgbFile struct {
	Learner *struct {
		Objective struct {
			Name string `json:"name"`
		} `json:"objective"`
		Parameters struct {
			Features  xgbNumber `json:"num_feature"`
			Classes   xgbNumber `json:"num_class"`
			Targets   xgbNumber `json:"num_target"`
			BaseScore xgbNumber `json:"base_score"`
		} `json:"learner_model_param"`
		FeatureNames []string `json:"feature_names"`
		Booster      struct {
			Name  string `json:"name"`
			Model struct {
				Trees []xgbTree `json:"trees"`
				Info  []int     `json:"tree_info"` // class or target of each tree
			} `json:"model"`
		} `json:"gradient_booster"`
	} `json:"learner"`
	Version []int `json:"version"`
}

// xgbTree has an element per node in each list. left is -1 for leaves, whose weight is then the split condition.
type xgbTree struct {
	Left        []int     `json:"left_children"`
	Right       []int     `json:"right_children"`
	Feature     []int     `json:"split_indices"`
	Condition   []float32 `json:"split_conditions"`
	DefaultLeft []xgbBool `json:"default_left"`
	SplitType   []int     `json:"split_type"` // 1: categorical
	Parameters  struct {
		LeafSize xgbNumber `json:"size_leaf_vector"`
	} `json:"tree_param"`
}

// xgbBool is a truth value, written as 0 and 1 or as false and true.
type xgbBool bool

// UnmarshalJSON implements json.Unmarshaler.
func (b *xgbBool) UnmarshalJSON(text []byte) error {
	switch string(text) {
	case "0", "false":
		*b = false
	case "1", "true":
		*b = true
	default:
		return fmt.Errorf("%s is not a truth value", text)
	}
	return nil
}

// xgbNumber holds numbers that are written as text: "30", "5E-1", or since 3.1 a list, "[5E-1,2E-1]".
type xgbNumber []float64

// UnmarshalJSON implements json.Unmarshaler.
func (n *xgbNumber) UnmarshalJSON(text []byte) error {
	list := strings.Trim(string(bytes.Trim(text, `"`)), "[]")
	*n = nil
	for part := range strings.SplitSeq(list, ",") {
		v, err := strconv.ParseFloat(strings.TrimSpace(part), 64)
		if err != nil {
			return fmt.Errorf("%s is not a number", text)
		}
		*n = append(*n, v)
	}
	return nil
}

// whole is the number as a count from 0 to limit.
func (n xgbNumber) whole(name string, limit int) (int, error) {
	if len(n) == 0 {
		return 0, nil
	}
	if v := n[0]; len(n) == 1 && v >= 0 && v <= float64(limit) && v == float64(int(v)) {
		return int(v), nil
	}
	return 0, fmt.Errorf("%s is %v; it has to be a whole number up to %d", name, []float64(n), limit)
}

func readXGBoost(text []byte) (*xgbFile, error) {
	var f xgbFile
	if err := json.Unmarshal(text, &f); err != nil {
		return nil, fmt.Errorf("truncated or damaged XGBoost file: %w", err)
	}
	if f.Learner == nil {
		return nil, fmt.Errorf("no \"learner\" in it: %s", notSaveModel)
	}
	return &f, nil
}
