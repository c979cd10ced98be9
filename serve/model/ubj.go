package model

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"strconv"
)

const (
	ubjMaxDepth = 64
	// ubjTruncated covers every way a length can point past the end.
	ubjTruncated = "truncated or damaged UBJSON"
)

// ubjToJSON rewrites UBJSON as JSON, so that one reader checks both forms of an XGBoost file. It covers what XGBoost
// writes (https://ubjson.org/type-reference/, big-endian, with typed arrays). Its output is at most a few times as long
// as the input: every element has to be there.
func ubjToJSON(data []byte) ([]byte, error) {
	u := ubjReader{in: data, out: make([]byte, 0, len(data)*2)}
	err := u.value(u.next(), 0)
	if err == nil {
		err = u.err
	}
	if err != nil {
		return nil, fmt.Errorf("XGBoost UBJSON, byte %d: %w", u.at, err)
	}
	return u.out, nil
}

// ubjReader walks the input once. After the first short read err is set and every read gives zero.
type ubjReader struct {
	in, out []byte
	at      int
	err     error
}

// take reads n bytes, or gives nil and sets err.
func (u *ubjReader) take(n int) []byte {
	if u.err != nil || n < 0 || n > len(u.in)-u.at {
		u.err = errors.New(ubjTruncated)
		return nil
	}
	u.at += n
	return u.in[u.at-n : u.at]
}

func (u *ubjReader) next() byte {
	if b := u.take(1); b != nil {
		return b[0]
	}
	return 0
}

// peek is the next byte, or 0 at the end.
func (u *ubjReader) peek() byte {
	if u.at < len(u.in) {
		return u.in[u.at]
	}
	return 0
}

// integer reads a whole number of the given type.
func (u *ubjReader) integer(kind byte) (int64, error) {
	size := map[byte]int{'i': 1, 'U': 1, 'I': 2, 'l': 4, 'L': 8}[kind]
	b := u.take(size)
	switch {
	case size == 0:
		return 0, fmt.Errorf("type %q is not a whole number", kind)
	case b == nil:
		return 0, u.err
	}
	switch kind {
	case 'i':
		return int64(int8(b[0])), nil
	case 'U':
		return int64(b[0]), nil
	case 'I':
		return int64(int16(binary.BigEndian.Uint16(b))), nil
	case 'l':
		return int64(int32(binary.BigEndian.Uint32(b))), nil
	}
	return int64(binary.BigEndian.Uint64(b)), nil
}

// length reads a count, which no more than the rest of the file can back.
func (u *ubjReader) length() (int, error) {
	n, err := u.integer(u.next())
	if err == nil && (n < 0 || n > int64(len(u.in)-u.at)) {
		err = errors.New(ubjTruncated)
	}
	return int(n), err
}

// text copies a string (without its type byte) as a JSON string.
func (u *ubjReader) text() error {
	n, err := u.length()
	if err != nil {
		return err
	}
	quoted, err := json.Marshal(string(u.take(n)))
	u.out = append(u.out, quoted...)
	return err
}

func (u *ubjReader) value(kind byte, depth int) error {
	if u.err != nil {
		return u.err
	}
	if depth > ubjMaxDepth {
		return errors.New("nested too deeply")
	}
	switch kind {
	case '{':
		return u.object(depth)
	case '[':
		return u.array(depth)
	case 'S':
		return u.text()
	case 'd':
		if b := u.take(4); b != nil {
			return u.float(float64(math.Float32frombits(binary.BigEndian.Uint32(b))), 32)
		}
	case 'D':
		if b := u.take(8); b != nil {
			return u.float(math.Float64frombits(binary.BigEndian.Uint64(b)), 64)
		}
	case 'T':
		u.out = append(u.out, "true"...)
	case 'F':
		u.out = append(u.out, "false"...)
	case 'Z':
		u.out = append(u.out, "null"...)
	default:
		n, err := u.integer(kind)
		u.out = strconv.AppendInt(u.out, n, 10)
		return err
	}
	return u.err
}

func (u *ubjReader) float(v float64, bits int) error {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return errors.New("a number is not finite")
	}
	u.out = strconv.AppendFloat(u.out, v, 'g', -1, bits)
	return nil
}

func (u *ubjReader) object(depth int) error {
	u.out = append(u.out, '{')
	for first := true; u.peek() != '}'; first = false {
		if !first {
			u.out = append(u.out, ',')
		}
		if err := u.text(); err != nil {
			return err
		}
		u.out = append(u.out, ':')
		if err := u.value(u.next(), depth+1); err != nil {
			return err
		}
	}
	u.at++
	u.out = append(u.out, '}')
	return nil
}

// array reads [..], [#n.. or [$type#n... Types without a payload are refused in the last form: a few bytes could then
// claim any number of elements.
func (u *ubjReader) array(depth int) error {
	var kind byte
	count := -1
	if u.peek() == '$' {
		u.at++
		kind = u.next()
		if kind == 'T' || kind == 'F' || kind == 'Z' || u.peek() != '#' {
			return fmt.Errorf("an array of type %q is not supported", kind)
		}
	}
	if u.peek() == '#' {
		u.at++
		n, err := u.length()
		if err != nil {
			return err
		}
		count = n
	}
	u.out = append(u.out, '[')
	for i := 0; i != count && (count >= 0 || u.peek() != ']'); i++ {
		if i > 0 {
			u.out = append(u.out, ',')
		}
		element := kind
		if element == 0 {
			element = u.next()
		}
		if err := u.value(element, depth+1); err != nil {
			return err
		}
	}
	if count < 0 {
		u.at++
	}
	u.out = append(u.out, ']')
	return nil
}
