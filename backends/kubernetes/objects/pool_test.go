package objects

import (
	"fmt"
	"maps"
	"reflect"
	"strings"
	"testing"
	"unsafe"
)

func pooled(i int) *Pod {
	text := func(s string) string { return strings.Clone(s) }
	return &Pod{Meta: Meta{Namespace: text("models"), Name: fmt.Sprint("p-", i), Labels: map[string]string{text("app"): text("churn"), "version": text("1.2.0")},
		Owner: Owner{text("apps/v1"), text("ReplicaSet"), text("churn-7d4"), "u-1"}}, Node: text("n-1"), Phase: text("Running"),
		Containers: []Container{{Name: text("model"), Image: text("churn:1.2.0"), Ports: []Port{{text("http"), 8080}}}}}
}

func TestPodsOfATemplateShare(t *testing.T) {
	var pool Pool
	a, b, whole := pooled(1), pooled(2), pooled(2)
	pool.Share(a)
	pool.Share(b)
	if !reflect.DeepEqual(b, whole) {
		t.Errorf("sharing changed a pod: %+v, was %+v", b, whole)
	}
	if unsafe.StringData(a.Owner.Name) != unsafe.StringData(b.Owner.Name) || unsafe.StringData(a.Containers[0].Image) != unsafe.StringData(b.Containers[0].Image) {
		t.Error("two pods of one template have texts of their own")
	}
	if reflect.ValueOf(a.Labels).Pointer() != reflect.ValueOf(b.Labels).Pointer() {
		t.Error("two pods of one template have labels of their own")
	}
}

// Labels that only look alike when they stand one after the other are others.
func TestPodsOfOtherLabelsDoNotShare(t *testing.T) {
	var pool Pool
	for i, labels := range []map[string]string{{"a": "b", "c": "d"}, {"a": "bc", "": "d"}, {"ab": "", "c": "d"}, {"a": "b"}, nil} {
		p := &Pod{Meta: Meta{Labels: maps.Clone(labels)}}
		if pool.Share(p); !maps.Equal(p.Labels, labels) {
			t.Errorf("%d: labels %v became %v", i, labels, p.Labels)
		}
	}
}

func TestAPoolStaysSmall(t *testing.T) {
	var pool Pool
	for i := range 3 * poolSize {
		pool.Share(&Pod{Node: fmt.Sprint(i)})
	}
	if len(pool.texts) > poolSize+1 {
		t.Errorf("it holds %d texts", len(pool.texts))
	}
}
