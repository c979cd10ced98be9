package model

import (
	"fmt"
	"strings"
)

// FormatError says why a model file cannot be used: it is damaged, truncated, or asks for something
// this package does not evaluate.
type FormatError struct {
	File   string // the name given to Load or Parse
	Node   string // node or tree concerned; "" when the whole file is
	Op     string // ONNX operator or XGBoost part concerned; "" when none is
	Reason string // what is wrong and, where there is one, the way out
}

func (e *FormatError) Error() string {
	var b strings.Builder
	b.WriteString(e.File)
	if e.Node != "" {
		fmt.Fprintf(&b, ": node %q", e.Node)
	}
	if e.Op != "" {
		fmt.Fprintf(&b, ": %s", e.Op)
	}
	b.WriteString(": " + e.Reason)
	return b.String()
}

// DigestError says that a model file is not the one that was registered.
type DigestError struct {
	File string
	Want string // expected SHA-256, lower-case hex
	Got  string // SHA-256 of the file, lower-case hex
}

func (e *DigestError) Error() string {
	return fmt.Sprintf("%s: sha256 is %s, want %s: the file is not the registered one; fetch it again", e.File, e.Got, e.Want)
}

// WidthError says that the number of input features is unknown, or that the file contradicts Options.Width.
type WidthError struct {
	File    string
	Input   string // the graph input concerned
	AtLeast int    // lower bound known from the features that trees read; 0 when there is none
	Want    int    // width the file asks for; 0 when it does not say
	Got     int    // Options.Width
}

func (e *WidthError) Error() string {
	switch {
	case e.Want > 0:
		return fmt.Sprintf("%s: the file takes %d features per row, --width says %d", e.File, e.Want, e.Got)
	case e.Got > 0:
		return fmt.Sprintf("%s: input %q has at least %d features per row, --width says %d", e.File, e.Input, e.AtLeast, e.Got)
	case e.AtLeast > 0:
		return fmt.Sprintf("%s: the file does not say how many features input %q has (its trees read at least %d): give the number with --width",
			e.File, e.Input, e.AtLeast)
	}
	return fmt.Sprintf("%s: the file does not say how many features input %q has: give the number with --width", e.File, e.Input)
}
