package split

import (
	"slices"
	"strings"
	"testing"

	"pitwall/backends"
)

func TestKServeOnKnative(t *testing.T) {
	d := load(t, "kserve").door(KServe, "iris")
	if s := sharesOf(d); s["iris-predictor-00001"] != 90 || !d.Sides[0].Stable || d.Accepted.State != backends.OK {
		t.Errorf("%v, %+v", s, d.Accepted)
	}
	for op, want := range map[backends.Op]string{
		backends.OpPromote: `{"metadata":{"resourceVersion":"40","uid":"isvc-1"},"spec":{"predictor":{"canaryTrafficPercent":null}}}`,
		backends.OpAbort:   `{"metadata":{"resourceVersion":"40","uid":"isvc-1"},"spec":{"predictor":{"canaryTrafficPercent":0}}}`,
	} {
		plan, err := d.Act(op)
		if err != nil || bodies(plan)[0] != want || !slices.Contains(d.Verbs, op) {
			t.Errorf("%s: %v, %v, offers %v; want %s", op, bodies(plan), err, d.Verbs, want)
		}
	}
}

func TestKServeRefusals(t *testing.T) {
	c := load(t, "kserve")
	_, err := c.door(KServe, "promoted").Plan(map[string]float64{"promoted-predictor-00002": 100})
	refused(t, err, "only deploying the earlier model again does")
	raw := c.door(KServe, "raw")
	_, err = raw.Plan(map[string]float64{"raw": 100})
	refused(t, err, "ignores canaryTrafficPercent and rolls out to everybody")
	if !warned(raw, "set and ignored") {
		t.Errorf("warnings %q", raw.Warnings)
	}
	c.set("InferenceService", "iris", nil, "status", "components", "predictor", "latestRolledoutRevision")
	_, err = c.door(KServe, "iris").Plan(map[string]float64{"iris-predictor-00002": 100})
	refused(t, err, "its first revision gets everything")
}

func TestKServeCanaries(t *testing.T) {
	c := load(t, "kserve")
	d := c.door(KServe, "standard")
	if s := sharesOf(d); s["v1"] != 80 || s["v2"] != 20 || !d.Sides[0].Stable {
		t.Errorf("%v", s)
	}
	plan, err := d.Act(backends.OpPromote)
	if err != nil {
		t.Fatal(err)
	}
	if err := c.apply(plan); err != nil {
		t.Fatal(err)
	}
	spec := members(c.object("InferenceService", "standard"), "spec")
	if spec["canary"] != nil || text(spec, "predictor", "name") != "v2" || !strings.HasSuffix(text(spec, "predictor", "model", "storageUri"), "/2") {
		t.Errorf("promoted to %v", spec)
	}
	if least, _ := number(spec, "predictor", "minReplicas"); least != 2 { // as production had it
		t.Errorf("minReplicas %d", least)
	}

	c = load(t, "kserve")
	c.set("InferenceService", "standard", false, "status", "canaryStatuses", 0, "ready")
	d = c.door(KServe, "standard")
	_, err = d.Plan(map[string]float64{"v1": 50, "v2": 50})
	refused(t, err, "v2 has no ready endpoint")
	_, err = d.Act(backends.OpPromote)
	refused(t, err, "v2 is not ready")
	if !warned(d, "is not ready and gets 20 %") {
		t.Errorf("warnings %q", d.Warnings)
	}
}
