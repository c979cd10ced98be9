package prometheus

// Kind tells failures of a server apart.
type Kind int

// Error is a failure of a server to answer.
type Error struct {
	Source string // name of the server
	Kind   Kind
	Text   string
	Err    error
}

func (e *Error) Error() string { return e.Source + ": " + e.Text }

func (e *Error) Unwrap() error { return e.Err }
