// Package gateway is the A/B front door of a deployment: it assigns every user
// to a variant as nginx's split_clients does (package split), forwards the
// request to a ready backend of that variant over a persistent connection, and
// lets its weights and backends be changed at any moment without losing a
// request.
//
// Three rules hold everywhere:
//
//   - A user is never moved silently. A variant with weight but without a ready
//     backend answers 503 for its users, counted as its own error; one that was
//     ready and is only late with its probe still serves where no other does.
//   - A request is never sent twice. It goes to another backend of the same
//     variant only when not one byte of it could be written.
//   - A draining backend gets no new request and finishes those it has: once
//     the state shows draining and in_flight 0, it can be stopped.
//
// Requests are parsed by net/http's server and answers by net/http's
// ReadResponse; between them the handler writes to and reads from the
// backend's connection itself, which saves the goroutine hand-overs of
// http.Transport. Protocol upgrades and CONNECT are not forwarded.
package gateway
