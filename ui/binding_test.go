package ui

import (
	"errors"
	"strings"
	"testing"
)

func TestCheckBindings(t *testing.T) {
	table := func(screen string, bindings ...Binding) Table { return Table{screen, bindings} }
	harmless := func(key, help string) Binding { return Binding{Keys: []string{key}, Help: help} }
	danger := func(key, help string) Binding { return Binding{Keys: []string{key}, Help: help, Danger: true} }
	tests := map[string]struct {
		tables []Table
		want   []string // in the error; nil for none
	}{
		"same meaning twice":     {[]Table{table("a", danger("B", "rollback")), table("b", danger("B", "rollback"))}, nil},
		"other harmless meaning": {[]Table{table("a", harmless("w", "wrap")), table("b", harmless("w", "worst"))}, nil},
		"esc may be explained":   {[]Table{table("a", harmless("esc", "discard"))}, nil},
		"shadowing a harmless":   {[]Table{table("logs", harmless("y", "copy line"))}, nil},
		"harmless here, dangerous there": {
			[]Table{table("fleet", harmless("S", "sort")), table("split", danger("S", "all to stable"))},
			[]string{`"S"`, `"sort" (fleet)`, `"all to stable" (split, dangerous)`},
		},
		"dangerous small letter": {[]Table{table("a", danger("b", "rollback"))}, []string{`"b"`, `"rollback"`, "capital"}},
		"dangerous enter":        {[]Table{table("a", danger("enter", "apply"))}, []string{"capital"}},
		"dangerous ctrl letter":  {[]Table{table("a", danger("ctrl+k", "kill"))}, []string{"capital"}},
		"dangerous frame key":    {[]Table{table("a", danger("M", "merge"))}, []string{`"mouse" (everywhere)`, `"merge"`}},
		"reserved":               {[]Table{table("a", harmless("?", "ask"))}, []string{`"help" (everywhere)`, `"ask" (a)`}},
		"twice on a screen":      {[]Table{table("a", harmless("x", "one"), harmless("x", "two"))}, []string{`"one"`, `"two"`}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			err := CheckBindings(tt.tables...)
			if tt.want == nil {
				if err != nil {
					t.Fatal(err)
				}
				return
			}
			if _, ok := errors.AsType[*BindingError](err); !ok {
				t.Fatalf("error %v is not a *BindingError", err)
			}
			for _, part := range tt.want {
				if !strings.Contains(err.Error(), part) {
					t.Errorf("error %q does not name %s", err, part)
				}
			}
		})
	}
}

func TestNewRefusesAScreenWithAConflict(t *testing.T) {
	_, err := New(t.Context(), Options{
		Now: fixedNow, First: Place{Screen: "fleet"},
		Open: func(p Place) (Screen, error) {
			return &fake{place: p, extra: []Binding{{Keys: []string{"d"}, Help: "delete", Danger: true}}}, nil
		},
	})
	if _, ok := errors.AsType[*BindingError](err); !ok {
		t.Errorf("error %v is not a *BindingError", err)
	}
}

func TestEditLine(t *testing.T) {
	tests := []struct {
		before, key, after string
		edited             bool
	}{
		{"ab", "c", "abc", true},
		{"ab", "backspace", "a", true},
		{"", "backspace", "", true},
		{"日本", "backspace", "日", true},
		{"err>2% rps<1", "ctrl+w", "err>2% ", true},
		{"err>2% rps<1", "ctrl+u", "", true},
		{"ab", "enter", "ab", false},
		{"ab", "ctrl+a", "ab", false},
		{"ab", "space", "ab ", true},
	}
	for _, tt := range tests {
		after, edited := EditLine(tt.before, key(tt.key))
		if after != tt.after || edited != tt.edited {
			t.Errorf("EditLine(%q, %s) = %q, %v; want %q, %v", tt.before, tt.key, after, edited, tt.after, tt.edited)
		}
	}
}
