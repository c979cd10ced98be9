package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"pitwall/serve/gateway"
)

// gatewayStateCommand reads or sets the state of a gateway in the same
// container. It is hidden: pitwall runs it there itself.
func (a *app) gatewayStateCommand() *cobra.Command {
	admin, tokenFile := "", ""
	set, generation := false, int64(-1)
	cmd := &cobra.Command{
		Use: "state --token-file FILE [--set --generation N]", Hidden: true, Args: exact(0),
		Short: "Read a gateway's state, or set the one on standard input, over the admin API",
		Long: "Print one JSON object, {\"state\":…}, {\"conflict\":STATE} or {\"error\":{\"kind\":…,\"text\":…}}, with exit status 0 for a\n" +
			"state and 1 otherwise. --set reads a state from standard input and sets it if the gateway is still at that generation.",
		RunE: func(cmd *cobra.Command, _ []string) error {
			if set != (generation >= 0) {
				return misuse{errors.New("--set and --generation N belong together")}
			}
			return a.gatewayState(cmd.Context(), admin, tokenFile, generation)
		},
	}
	f := cmd.Flags()
	f.StringVar(&admin, "admin", defaultAdmin, "address of the admin API")
	f.StringVar(&tokenFile, "token-file", "", "file with the admin token")
	f.BoolVar(&set, "set", false, "set the state that comes on standard input")
	f.Int64Var(&generation, "generation", -1, "number of the state that is to be replaced")
	return cmd
}

// gatewayState reads the state, or sets it when generation is not negative.
func (a *app) gatewayState(ctx context.Context, admin, tokenFile string, generation int64) error {
	answer := gateway.AnswerOf(a.askGateway(ctx, admin, tokenFile, generation))
	text, err := json.Marshal(answer)
	if err != nil {
		return fmt.Errorf("encode the answer: %w", err)
	}
	if _, err := fmt.Fprintf(a.out, "%s\n", text); err != nil {
		return err
	}
	if answer.State == nil {
		return exitStatus(exitFailed)
	}
	return nil
}

func (a *app) askGateway(ctx context.Context, admin, tokenFile string, generation int64) (gateway.State, error) {
	token, err := gateway.ReadToken(tokenFile)
	if err != nil {
		return gateway.State{}, fmt.Errorf("%w: %w", gateway.ErrUnauthorized, err)
	}
	client := gateway.NewClient(admin, token)
	defer client.Close()
	if generation < 0 {
		return client.State(ctx)
	}
	text, err := io.ReadAll(io.LimitReader(a.in, 4<<20))
	if err != nil {
		return gateway.State{}, fmt.Errorf("read standard input: %w", err)
	}
	s, err := gateway.ParseState(text)
	if err != nil {
		return gateway.State{}, fmt.Errorf("%w: %w", gateway.ErrInvalid, err)
	}
	return client.SetState(ctx, s, generation)
}
