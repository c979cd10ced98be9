package pods

import (
	"regexp"
	"testing"
)

func TestNamesOfPods(t *testing.T) {
	for pod, want := range map[string]Workload{
		"fraud-7d9f8c6b5d-x5k9z":            {Name: "fraud", Form: Hashed},
		"fraud-b-7d9f8c6b5d-x5k9z":          {Name: "fraud-b", Form: Hashed},
		"fraud-x5k9z-7d9f8c6b5d-bcdfg":      {Name: "fraud-x5k9z", Form: Hashed}, // a name that ends like a suffix
		"fraud-xgbcdf-7d9f8c6b5d-bcdfg":     {Name: "fraud-xgbcdf", Form: Hashed},
		"fraud-b-x5k9z":                     {Name: "fraud-b", Form: Suffixed},
		"fraud-v12-x5k9z":                   {Name: "fraud-v12", Form: Suffixed},
		"fraud-0":                           {Name: "fraud", Form: Numbered},
		"fraud-x5k9z-12":                    {Name: "fraud-x5k9z", Form: Numbered},
		"fraud":                             {Name: "fraud", Form: Alone},
		"fraud-shell":                       {Name: "fraud-shell", Form: Alone},
		"fraud-7d9f8c6b5dx5k9z":             {Name: "fraud-7d9f8c6b5dx5k9z", Form: Alone}, // cut off at 63 letters
		"fraud-predictor-00001-deployment-": {Name: "fraud-predictor-00001-deployment-", Form: Alone},
		"":                                  {Form: Alone},
	} {
		if form, name := Read(pod); form != want.Form || name != want.Name {
			t.Errorf("%q is of %q, form %d; want %q, form %d", pod, name, form, want.Name, want.Form)
		}
		if all := regexp.MustCompile("^(?:" + want.Pods() + ")$"); !all.MatchString(pod) {
			t.Errorf("%q is none of %s", pod, all)
		}
	}
}

func TestWorkloadsThatLookLikeAnother(t *testing.T) {
	for _, c := range []struct {
		w    Workload
		want bool
	}{
		{Workload{Name: "fraud", Form: Hashed}, false},
		{Workload{Name: "fraud-xgbcdf", Form: Hashed}, false},
		{Workload{Name: "fraud-xgbcdf", Form: Suffixed}, true},
		{Workload{Name: "fraud-x5k9z", Form: Suffixed}, false}, // shorter than a hash
		{Workload{Name: "fraud-xgbcdf", Form: Numbered}, false},
		{Workload{Name: "fraud.b", Form: Alone}, false},
	} {
		if got := c.w.Mistaken(); got != c.want {
			t.Errorf("%+v is mistaken: %v", c.w, got)
		}
	}
	if !MadeBy("fraud", "fraud-x5k9z") || MadeBy("fraud", "fraud-0") || MadeBy("", "-x5k9z") || MadeBy("fraud", "frauds-x5k9z") || MadeBy("fraud", "fraud-b-x5k9z") {
		t.Error("who made a name is not told")
	}
	if form, name := ReadWorkload("fraud-7d9f8c6b5d"); form != Hashed || name != "fraud" {
		t.Errorf("the ReplicaSet of %q, form %d", name, form)
	}
	dotted := Workload{Name: "fraud.b", Form: Suffixed}
	if regexp.MustCompile("^(?:" + dotted.Pods() + ")$").MatchString("fraudxb-x5k9z") {
		t.Error("a dot stands for any letter")
	}
}
