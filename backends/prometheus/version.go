package prometheus

import "context"

// ServerVersion asks the server for its version, as "3.7.0", in at most 2 s.
// The text is foreign. Servers that only speak Prometheus's query language may
// not tell: that is an error.
func (c *Client) ServerVersion(ctx context.Context) (string, error) {
	return shared(ctx, c, "version", refreshTimeout, func(ctx context.Context) (string, error) {
		answer, err := c.api.Buildinfo(ctx)
		if err != nil {
			return "", c.explain(err)
		}
		if answer.Version == "" {
			return "", c.failure(Garbled, nil, "does not tell its version")
		}
		return answer.Version, nil
	})
}
