package checklist

import (
	"encoding/xml"
	"fmt"
	"io"
	"strings"
	"unicode"
)

// The form of JUnit that CI systems read: one suite a phase, one case an item.
type suites struct {
	XMLName  xml.Name `xml:"testsuites"`
	Name     string   `xml:"name,attr"`
	Tests    int      `xml:"tests,attr"`
	Failures int      `xml:"failures,attr"`
	Suites   []suite  `xml:"testsuite"`
}

type suite struct {
	Name      string     `xml:"name,attr"`
	Tests     int        `xml:"tests,attr"`
	Failures  int        `xml:"failures,attr"`
	Skipped   int        `xml:"skipped,attr"`
	Timestamp string     `xml:"timestamp,attr"`
	Cases     []testcase `xml:"testcase"`
}

type testcase struct {
	Name    string   `xml:"name,attr"`
	Class   string   `xml:"classname,attr"`
	Time    string   `xml:"time,attr"`
	Failure *message `xml:"failure"`
	Skipped *message `xml:"skipped"`
	Out     string   `xml:"system-out,omitempty"`
}

type message struct {
	Message string `xml:"message,attr"`
	Type    string `xml:"type,attr,omitempty"`
}

// JUnit writes the report as JUnit's XML: an item that holds a gate up is a
// failure, one of advice that does not hold or does not apply is skipped.
func (r Report) JUnit(w io.Writer) error {
	all := suites{Name: "pitwall checklist " + r.Subject.Deployment + " " + r.Subject.Variant}
	for _, p := range Phases() {
		if s := r.suite(p); s.Tests > 0 {
			all.Suites = append(all.Suites, s)
			all.Tests, all.Failures = all.Tests+s.Tests, all.Failures+s.Failures
		}
	}
	data, err := xml.MarshalIndent(all, "", "  ")
	if err != nil {
		return fmt.Errorf("write JUnit: %w", err)
	}
	_, err = fmt.Fprintf(w, "%s%s\n", xml.Header, data)
	return err
}

func (r Report) suite(p Phase) suite {
	s := suite{Name: p.Title(), Timestamp: r.At.UTC().Format("2006-01-02T15:04:05")}
	for _, row := range r.Rows {
		if row.Item.Phase != p {
			continue
		}
		var took int64
		for _, e := range row.Evidence {
			took += e.TookMS
		}
		c := testcase{Name: row.Item.Title, Class: "checklist." + row.Item.ID, Time: fmt.Sprintf("%.3f", float64(took)/1000), Out: strings.Join(row.lines(plain), "\n")}
		why := &message{Message: plain(row.State.String() + ": " + row.Text)}
		switch {
		case !row.State.Holds() && !row.Item.Advice:
			why.Type = row.State.String()
			c.Failure = why
			s.Failures++
		case !row.State.Holds() || row.State == NotApplicable || row.State == Waived:
			c.Skipped = why
			s.Skipped++
		}
		s.Tests++
		s.Cases = append(s.Cases, c)
	}
	return s
}

// plain drops what XML 1.0 cannot hold, and what turns the direction of text.
func plain(text string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' && r != '\n' && r != '\t' || r == 0xFFFE || r == 0xFFFF || unicode.Is(unicode.Cf, r) {
			return ' '
		}
		return r
	}, text)
}
