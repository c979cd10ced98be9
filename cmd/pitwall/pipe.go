package main

import (
	"fmt"
	"io"
	"net"

	"github.com/spf13/cobra"

	"pitwall/serve/loopback"
)

// pipeCommand joins standard input and output to a socket of the same machine.
// It is hidden: pitwall runs it inside a container whose sockets cannot be
// reached from outside, such as HAProxy's runtime API.
func (a *app) pipeCommand() *cobra.Command {
	return &cobra.Command{
		Use: "pipe unix PATH | pipe tcp 127.0.0.1:PORT", Hidden: true, Args: exact(2),
		Short: "Copy standard input and output to a unix socket or a loopback address",
		RunE: func(cmd *cobra.Command, args []string) error {
			network, addr := args[0], args[1]
			if err := ownSocket(network, addr); err != nil {
				return misuse{err}
			}
			var d net.Dialer
			c, err := d.DialContext(cmd.Context(), network, addr)
			if err != nil {
				return fmt.Errorf("pipe: %w", err)
			}
			defer c.Close()
			return pipe(c, a.in, unguarded(a.out))
		},
	}
}

// ownSocket refuses everything but this machine's own sockets.
func ownSocket(network, addr string) error {
	switch network {
	case "unix":
		return nil
	case "tcp":
		if host, _, err := net.SplitHostPort(addr); err != nil || !loopback.Is(host) {
			return fmt.Errorf("%q is not a loopback address with a port, such as 127.0.0.1:9999", addr)
		}
		return nil
	}
	return fmt.Errorf("%q is neither unix nor tcp", network)
}

// pipe copies in to c and c to out until c has nothing more to say. The end of
// in is passed on, as a server that answers once waits for it.
func pipe(c net.Conn, in io.Reader, out io.Writer) error {
	go func() { // not waited for: a read of standard input cannot be interrupted
		io.Copy(c, in) // the far end tells by closing when it does not want more
		if half, ok := c.(interface{ CloseWrite() error }); ok {
			half.CloseWrite()
		}
	}()
	if _, err := io.Copy(out, c); err != nil {
		return fmt.Errorf("pipe: %w", err)
	}
	return nil
}
