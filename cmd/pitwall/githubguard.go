package main

import "io"

// guarded is a stream of a workflow's step. The runner obeys every line that
// begins with "::", whoever wrote it, and pitwall prints what strangers wrote:
// such a line gets a space in it.
type guarded struct {
	w      io.Writer
	inLine bool // something but white space stands in the line
	colon  bool // and that is one colon
}

// Write implements io.Writer. The count is of p, whatever was added.
func (g *guarded) Write(p []byte) (int, error) {
	from := 0
	for i, b := range p {
		switch {
		case b == '\n' || b == '\r':
			g.inLine, g.colon = false, false
		case g.colon && b == ':':
			if _, err := g.w.Write(p[from:i]); err != nil {
				return from, err
			}
			if _, err := io.WriteString(g.w, " "); err != nil {
				return i, err
			}
			from, g.colon = i, false
		case g.inLine:
			g.colon = false
		case b == ':':
			g.inLine, g.colon = true, true
		case b > ' ' && b < 0x80: // anything else may be white space to the runner
			g.inLine = true
		}
	}
	n, err := g.w.Write(p[from:])
	return from + n, err
}

// unguarded is the stream itself, for bytes that are not for people.
func unguarded(w io.Writer) io.Writer {
	if g, ok := w.(*guarded); ok {
		return g.w
	}
	return w
}
