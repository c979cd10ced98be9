package gateway

import (
	"net"
	"net/http"
	"net/textproto"
	"slices"
	"strconv"
	"strings"
)

// hopByHop tells the header fields that concern one connection only (RFC 9110
// §7.6.1) or that the gateway writes itself. The key is in canonical form.
func hopByHop(key string) bool {
	switch key {
	case "Connection", "Keep-Alive", "Proxy-Connection", "Proxy-Authenticate", "Proxy-Authorization",
		"Te", "Trailer", "Transfer-Encoding", "Upgrade":
		return true
	}
	return false
}

// connectionOptions lists the further fields that the Connection header makes
// hop-by-hop; nil in the usual case.
func connectionOptions(h http.Header) []string {
	var options []string
	for _, line := range h["Connection"] {
		for option := range strings.SplitSeq(line, ",") {
			switch option = textproto.TrimString(option); {
			case option == "", strings.EqualFold(option, "close"), strings.EqualFold(option, "keep-alive"):
			default:
				options = append(options, http.CanonicalHeaderKey(option))
			}
		}
	}
	return options
}

// framing tells how the body of a request is delimited.
type framing struct {
	length  int64 // bytes, when not chunked
	chunked bool
}

// appendHead writes the request line and the header of r as the backend gets
// them. net/http has validated method, target, host and fields: none of them
// holds a line break.
func appendHead(buf []byte, r *http.Request, body framing) []byte {
	buf = append(buf, r.Method...)
	buf = append(buf, ' ')
	buf = append(buf, r.URL.RequestURI()...)
	buf = append(buf, " HTTP/1.1\r\n"...)
	buf = appendField(buf, "Host", r.Host)
	options := connectionOptions(r.Header)
	for key, values := range r.Header {
		switch {
		case hopByHop(key), key == "Content-Length", key == "Expect", key == "Host", key == "X-Forwarded-For", slices.Contains(options, key):
			continue
		}
		for _, v := range values {
			buf = appendField(buf, key, v)
		}
	}
	if acceptsTrailers(r.Header) {
		buf = appendField(buf, "Te", "trailers")
	}
	buf = appendForwardedFor(buf, r)
	switch {
	case body.chunked:
		buf = appendField(buf, "Transfer-Encoding", "chunked")
		for key := range r.Trailer {
			buf = appendField(buf, "Trailer", key)
		}
	case body.length > 0 || expectsLength(r.Method):
		buf = append(buf, "Content-Length: "...)
		buf = strconv.AppendInt(buf, body.length, 10)
		buf = append(buf, "\r\n"...)
	}
	return append(buf, "\r\n"...)
}

func appendField(buf []byte, key, value string) []byte {
	buf = append(buf, key...)
	buf = append(buf, ": "...)
	buf = append(buf, value...)
	return append(buf, "\r\n"...)
}

// appendForwardedFor adds the address of the client to those before it.
func appendForwardedFor(buf []byte, r *http.Request) []byte {
	buf = append(buf, "X-Forwarded-For: "...)
	for _, prior := range r.Header["X-Forwarded-For"] {
		buf = append(buf, prior...)
		buf = append(buf, ", "...)
	}
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		host = r.RemoteAddr
	}
	buf = append(buf, host...)
	return append(buf, "\r\n"...)
}

func acceptsTrailers(h http.Header) bool {
	for _, line := range h["Te"] {
		for option := range strings.SplitSeq(line, ",") {
			if strings.EqualFold(textproto.TrimString(option), "trailers") {
				return true
			}
		}
	}
	return false
}

// expectsLength tells the methods whose empty body is announced (RFC 9110 §8.6).
func expectsLength(method string) bool {
	return method == http.MethodPost || method == http.MethodPut || method == http.MethodPatch
}

// appendTrailers ends a chunked body. net/http checks header fields but not
// trailers, so what could break the framing or poses as header is left out.
func appendTrailers(buf []byte, trailers http.Header) []byte {
	buf = append(buf, "0\r\n"...)
	for key, values := range trailers {
		if hopByHop(key) || key == "Content-Length" || key == "Host" || !validToken(key) {
			continue
		}
		for _, v := range values {
			if validValue(v) {
				buf = appendField(buf, key, v)
			}
		}
	}
	return append(buf, "\r\n"...)
}

func validToken(s string) bool {
	for i := range len(s) {
		c := s[i]
		if c <= ' ' || c >= 0x7f || strings.IndexByte(`"(),/:;<=>?@[\]{}`, c) >= 0 {
			return false
		}
	}
	return s != ""
}

func validValue(s string) bool {
	for i := range len(s) {
		if c := s[i]; c < ' ' && c != '\t' || c == 0x7f {
			return false
		}
	}
	return true
}

// copyHeader hands the end-to-end fields of an answer on.
func copyHeader(to, from http.Header) {
	options := connectionOptions(from)
	for key, values := range from {
		if !hopByHop(key) && !slices.Contains(options, key) {
			to[key] = values
		}
	}
}
