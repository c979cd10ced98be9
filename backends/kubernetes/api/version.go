package api

import (
	"context"
	"fmt"

	"k8s.io/apimachinery/pkg/util/json"
	"k8s.io/apimachinery/pkg/version"
)

// ServerVersion asks the API server for its version, as "v1.34.1". Every user
// may ask, where nobody has forbidden it. The text is foreign.
// Errors: *RightError, *DownError, *CredentialError, or the API server's own.
func (c *Client) ServerVersion(ctx context.Context) (string, error) {
	const doing = "ask the API server for its version"
	body, err := c.typed.Get().AbsPath("/version").SetHeader("Accept", "application/json").Do(ctx).Raw()
	if err != nil {
		return "", fmt.Errorf("%s: %w", doing, Explain(err))
	}
	var v version.Info
	if err := json.Unmarshal(body, &v); err != nil || v.GitVersion == "" {
		return "", fmt.Errorf("%s: the answer is not one of an API server", doing)
	}
	return v.GitVersion, nil
}
