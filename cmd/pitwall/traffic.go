package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"pitwall/serve/traffic"
	"pitwall/testdata"
)

// builtinData are the data sets in the binary.
var builtinData = []string{"bc", "wine"}

// reportEvery is how often the traffic generator logs its counts.
const reportEvery = time.Minute

func (a *app) trafficCommand() *cobra.Command {
	c := traffic.Config{}
	data := ""
	cmd := &cobra.Command{
		Use: "traffic --url URL --data FILE", Short: "Send real rows to a front door at a steady, modest rate", Args: exact(0),
		Long: "Send rows of a data set as POST /predict requests of many users (X-User-Id), evenly spaced, until a signal.\n" +
			"The data are a CSV file whose first line names the columns, a JSON file as {\"features\": […], \"X\": [[…]]}, or\n" +
			"one of the built-in sets: bc (30 features), wine (13). A front door that is away is asked again and again.",
		Example: "  pitwall traffic --url http://127.0.0.1:7580/predict --data bc --rate 20",
		RunE: func(cmd *cobra.Command, _ []string) error {
			if c.URL == "" || data == "" {
				return misuse{errors.New("say where to send what: --url URL --data FILE")}
			}
			rows, err := readTraffic(data)
			if err != nil {
				return misuse{err}
			}
			c.Rows = rows
			g, err := traffic.New(c)
			if err != nil {
				return misuse{err}
			}
			runTraffic(cmd.Context(), g, a.processLog())
			return nil
		},
	}
	f := cmd.Flags()
	f.StringVar(&c.URL, "url", "", "where to send the requests, as http://127.0.0.1:8080/predict")
	f.StringVar(&data, "data", "", "file with the rows, or bc or wine")
	f.Float64Var(&c.Rate, "rate", traffic.DefaultRate, fmt.Sprintf("requests per second, at most %d", traffic.MaxRate))
	f.IntVar(&c.Users, "users", 10_000, "distinct users")
	f.StringVar(&c.KeyHeader, "key-header", "X-User-Id", "header that names the user")
	f.Uint64Var(&c.Seed, "seed", 0, "equal seeds send equal requests")
	return cmd
}

// readTraffic reads a built-in data set, of which the held-out part is sent,
// or a file, of which all is.
func readTraffic(data string) ([][]float32, error) {
	var f io.ReadCloser
	var err error
	builtin := slices.Contains(builtinData, data)
	if builtin {
		f, err = testdata.Models.Open("models/" + data + ".json")
	} else {
		f, err = os.Open(data)
	}
	if err != nil {
		return nil, fmt.Errorf("read the data: %w: name a file, or one of %v", err, builtinData)
	}
	defer f.Close()
	rows, err := traffic.ReadRows(f)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", data, err)
	}
	if builtin {
		rows = traffic.HeldOut(rows)
	}
	return rows, nil
}

// runTraffic sends until ctx ends and the last request was answered, and logs
// the counts.
func runTraffic(ctx context.Context, g *traffic.Generator, log *slog.Logger) {
	report := func(what string) {
		s := g.Stats()
		log.Info(what, "sent", s.Sent, "ok", s.OK, "failed", s.Failed, "lost", s.Lost, "skipped", s.Skipped, "rate", s.Rate)
	}
	ended := make(chan struct{})
	go func() {
		g.Run(ctx)
		close(ended)
	}()
	log.Info("sending", "rate", g.Stats().Rate)
	tick := time.NewTicker(reportEvery)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
			report("traffic")
		case <-ended:
			report("ended")
			return
		}
	}
}
