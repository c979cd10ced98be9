package logmerge

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

func stamp(second int) string {
	return time.Date(2026, 1, 2, 3, 4, second, 123, time.UTC).Format(time.RFC3339Nano)
}

func TestLinesOfAMultiplexedLog(t *testing.T) {
	var got []string
	w := NewCutter(true, func(at time.Time, text string) bool {
		got = append(got, fmt.Sprintf("%d %s", at.Second(), text))
		return true
	})
	for _, message := range []string{
		stamp(1) + " one\n",
		stamp(2) + " long ", stamp(3) + " line\n", // parts of one line, each with a time
		stamp(4) + " \n",
		stamp(5) + " 2026-01-01T00:00:00Z mine\n",
		"no time\n",
		stamp(6) + " not ended",
	} {
		if _, err := w.Write([]byte(message)); err != nil {
			t.Fatal(err)
		}
	}
	w.Flush()
	want := "1 one|2 long line|4 |5 2026-01-01T00:00:00Z mine|5 no time|6 not ended"
	if text := strings.Join(got, "|"); text != want {
		t.Errorf("the lines are\n%s, want\n%s", text, want)
	}
}

func TestLinesOfATerminal(t *testing.T) {
	text := stamp(1) + " one\r\n" + stamp(2) + " two\r\n" + stamp(3) + " thr"
	for _, size := range []int{1, 7, 1000} {
		var got []string
		w := NewCutter(false, func(at time.Time, text string) bool {
			got = append(got, fmt.Sprintf("%d %s", at.Second(), text))
			return true
		})
		for rest := text; rest != ""; {
			n := min(size, len(rest))
			_, _ = w.Write([]byte(rest[:n]))
			rest = rest[n:]
		}
		w.Flush()
		if text := strings.Join(got, "|"); text != "1 one|2 two|3 thr" {
			t.Errorf("in pieces of %d: %s", size, text)
		}
	}
}

func TestLongLinesAreCut(t *testing.T) {
	for _, framed := range []bool{true, false} {
		var got string
		w := NewCutter(framed, func(_ time.Time, text string) bool { got = text; return true })
		_, _ = w.Write([]byte(stamp(1) + " " + strings.Repeat("x", 40<<10)))
		for range 100 {
			_, _ = w.Write([]byte(strings.Repeat("y", 16<<10)))
		}
		_, _ = w.Write([]byte("\n"))
		if len(got) < MaxLine-100 || len(got) > MaxLine+3 || !strings.HasPrefix(got, "xxx") || !strings.HasSuffix(got, "y…") {
			t.Errorf("framed %t: a line of %d bytes", framed, len(got))
		}
	}
}

// entry is a line of a log.
type entry struct {
	at   time.Time
	text string
}

func at(e entry) time.Time { return e.at }

func line(stream string, ms int) entry {
	return entry{time.UnixMilli(int64(ms)), fmt.Sprintf("%s%d", stream, ms)}
}

func TestStrictMerge(t *testing.T) {
	streams := make([]<-chan entry, 0, 3)
	for _, lines := range [][]entry{{line("a", 1), line("a", 5), line("a", 4), line("a", 9)}, {line("b", 2), line("b", 5), line("b", 6)}, {}} {
		c := make(chan entry, len(lines))
		for _, l := range lines {
			c <- l
		}
		close(c)
		streams = append(streams, c)
	}
	out := make(chan entry, 10)
	Strictly(t.Context(), streams, at, out)
	close(out)
	var got []string
	for l := range out {
		got = append(got, l.text)
	}
	if text := strings.Join(got, " "); text != "a1 b2 a5 a4 b5 b6 a9" {
		t.Errorf("the order is %s", text)
	}
}

func TestWindowMerge(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		in, out := make(chan entry), make(chan entry, 10)
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		go func() { Window(ctx, in, at, out); close(out) }()
		in <- line("a", 20)
		in <- line("b", 10) // late, but within the window
		synctest.Wait()
		if len(out) != 0 {
			t.Error("a line went out before its time")
		}
		time.Sleep(mergeDelay + time.Millisecond)
		synctest.Wait()
		if len(out) != 2 || (<-out).text != "b10" || (<-out).text != "a20" {
			t.Error("a silent source holds the others up, or the order is wrong")
		}
		in <- line("a", 40)
		time.Sleep(mergeDelay / 2)
		in <- line("b", 30)
		in <- line("b", 50)
		time.Sleep(mergeDelay/2 + time.Millisecond)
		synctest.Wait()
		if len(out) != 2 || (<-out).text != "b30" || (<-out).text != "a40" {
			t.Error("an older line that came later goes first")
		}
		close(in)
		synctest.Wait()
		if l := <-out; l.text != "b50" {
			t.Errorf("at the end comes %q", l.text)
		}
		if _, open := <-out; open {
			t.Error("it does not end with its sources")
		}
	})
}

func TestWindowMergeIsBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		in, out := make(chan entry), make(chan entry, 2*mergeMost)
		ctx, cancel := context.WithCancel(t.Context())
		go Window(ctx, in, at, out)
		for i := range mergeMost + 10 {
			in <- line("a", i)
		}
		synctest.Wait()
		if len(out) != 10 {
			t.Errorf("%d lines went out at once, want those over the bound", len(out))
		}
		cancel()
		synctest.Wait()
	})
}

func TestALogGoesOnWhereItWasRead(t *testing.T) {
	var p Place
	if p.Again()(time.Unix(1, 0)) {
		t.Error("at the beginning nothing was read before")
	}
	at := time.Unix(5, 0)
	for _, d := range []time.Duration{-time.Second, 0, -time.Second, 0} {
		p.Pass(at.Add(d))
	}
	if !p.At().Equal(at) {
		t.Errorf("it goes on at %v", p.At())
	}
	again := p.Again()
	var got []bool
	for _, d := range []time.Duration{-time.Second, 0, 0, 0, time.Second} {
		got = append(got, again(at.Add(d)))
	}
	if fmt.Sprint(got) != "[true true true false false]" {
		t.Errorf("skipped: %v", got)
	}
}
