package main

import (
	"context"
	"fmt"
	"reflect"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/colorprofile"
	"github.com/charmbracelet/x/ansi"
	"github.com/spf13/cobra"

	"pitwall/ui"
	"pitwall/ui/theme"
	"pitwall/views"
)

// size is the value of --size.
type size struct{ width, height int }

func (s *size) String() string { return fmt.Sprintf("%dx%d", s.width, s.height) }
func (s *size) Type() string   { return "WxH" }

// Set implements pflag.Value.
func (s *size) Set(text string) error {
	var x size
	if n, err := fmt.Sscanf(text, "%dx%d", &x.width, &x.height); err != nil || n != 2 || fmt.Sprintf("%dx%d", x.width, x.height) != text {
		return fmt.Errorf("%q: write columns and lines as in 120x40", text)
	}
	if x.width < ui.MinWidth || x.height < ui.MinHeight || x.width > 1000 || x.height > 1000 {
		return fmt.Errorf("%q: from %dx%d to 1000x1000", text, ui.MinWidth, ui.MinHeight)
	}
	*s = x
	return nil
}

func (a *app) snapshotCommand() *cobra.Command {
	at := size{120, 40}
	c := &cobra.Command{
		Use: "snapshot SCREEN [NAME]", Short: "Print one frame of a screen", Args: between(1, 2),
		Example: "  pitwall snapshot fleet --size 120x40\n  pitwall snapshot split model-api --plain",
		RunE: func(c *cobra.Command, args []string) error {
			place := ui.Place{Screen: args[0]}
			if len(args) == 2 {
				place.Name = args[1]
			}
			return a.snapshot(c.Context(), place, at)
		},
	}
	c.Flags().Var(&at, "size", "columns and lines")
	return c
}

// snapshot prints one frame of a screen, with the data that arrives while it
// settles.
func (a *app) snapshot(ctx context.Context, place ui.Place, at size) error {
	conf, err := a.loadConfig()
	if err != nil {
		return err
	}
	s, err := a.attach(ctx)
	if err != nil {
		return err
	}
	defer s.close()
	snap, err := s.read(ctx)
	if err != nil {
		return err
	}
	if place.Name != "" && place.Screen != "registry" { // which names models, also such as are not deployed
		if _, err := find(snap, place.Name); err != nil {
			return err
		}
	}
	messages := make(chan tea.Msg, 64)
	screen, err := opener(a.deps(s, func(m tea.Msg) { messages <- m }))(place)
	if err != nil {
		return misuse{err}
	}
	run, stop := context.WithCancel(ctx)
	defer stop()
	settle(run, screen, messages, views.SnapshotMsg{Snapshot: snap})
	frame := ui.Frame{Width: at.width, Height: at.height, Theme: a.theme(conf), Now: a.now(), Plain: a.global.plain}
	text := ui.Render(screen, frame, s.status(s.fleet.Snapshot(), s.running(ctx)))
	if a.profile() == colorprofile.NoTTY {
		text = ansi.Strip(text) // a file or a pipe gets no escape sequences, not even bold
	}
	_, err = fmt.Fprintln(a.out, text)
	return err
}

// theme is the theme for output that is no terminal program: dark unless the
// configuration says otherwise, in the colours that the output can show.
func (a *app) theme(conf config) *theme.Theme {
	name := ui.ThemeName(conf.Theme)
	o := theme.Options{Palette: name.Palette(true), ASCII: a.global.ascii || conf.ASCII}
	if !a.global.noColor && !a.global.plain && a.env("NO_COLOR") == "" {
		o.Profile = ui.Profile(a.profile())
	}
	return theme.New(o)
}

// profile is what the output can show.
func (a *app) profile() colorprofile.Profile {
	var env []string
	for _, name := range []string{"TERM", "COLORTERM", "CLICOLOR_FORCE"} {
		env = append(env, name+"="+a.env(name))
	}
	return colorprofile.Detect(a.out, env)
}

// settle enters a screen and feeds it what its commands bring, until nothing
// has come for a while.
func settle(ctx context.Context, s ui.Screen, messages chan tea.Msg, first tea.Msg) {
	const quiet, longest = 400 * time.Millisecond, 3 * time.Second
	run := func(cmd tea.Cmd) {
		if cmd == nil {
			return
		}
		go func() {
			select {
			case messages <- cmd():
			case <-ctx.Done():
			}
		}()
	}
	run(s.Enter(ctx))
	run(s.Update(first))
	end := time.After(longest)
	for {
		select {
		case msg := <-messages:
			if cmds := commandsIn(msg); cmds != nil {
				for _, cmd := range cmds {
					run(cmd)
				}
				continue
			}
			run(s.Update(msg))
		case <-time.After(quiet):
			return
		case <-end:
			return
		}
	}
}

// commandsIn unpacks tea.Batch and tea.Sequence; the type of the latter is not
// exported.
func commandsIn(msg tea.Msg) []tea.Cmd {
	v := reflect.ValueOf(msg)
	if v.Kind() != reflect.Slice || v.Type().Elem() != reflect.TypeFor[tea.Cmd]() {
		return nil
	}
	cmds := make([]tea.Cmd, v.Len())
	for i := range cmds {
		cmds[i] = v.Index(i).Interface().(tea.Cmd)
	}
	return cmds
}
