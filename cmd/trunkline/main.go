// Command trunkline is the whole of Trunkline: one binary, one process per role,
// and the commands of its operators. See trunkline --help.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"regexp"
	"syscall"

	"github.com/alecthomas/kong"

	"trunkline/cmd/internal/app"
)

// The exit codes. Whoever starts us can tell a mistake in the command or the
// configuration, which no repetition cures, from a failure.
const (
	exitFailure = 1
	exitUsage   = 2
)

func main() {
	os.Exit(run(os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
}

// run is the program as a function of its arguments and streams.
func run(args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	var c cli
	exit := -1
	parser, err := kong.New(&c,
		kong.Name("trunkline"),
		kong.Description(description),
		kong.Vars{"version": app.Version(), "demoConfig": app.DemoConfig, "systemConfig": app.SystemConfig},
		kong.Writers(stdout, stderr),
		kong.Exit(func(code int) { exit = code }),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true, WrapUpperBound: 100}),
	)
	if err != nil {
		fmt.Fprintln(stderr, "trunkline:", err)
		return exitFailure
	}
	if len(args) == 0 {
		args = []string{"--help"}
	}
	command, err := parser.Parse(args)
	if exit >= 0 {
		return exit // --help and --version end here
	}
	if err != nil {
		fmt.Fprintf(stderr, "trunkline: %s; see %s --help\n", plain(err), asked(err))
		return exitUsage
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	defer stop()
	c.stdin, c.stdout, c.stderr = stdin, stdout, stderr
	command.BindTo(ctx, (*context.Context)(nil))
	return code(command.Run(&c.globals), stderr)
}

var (
	wholeNumber = regexp.MustCompile(`expected a valid \d+ bit u?int but got (.*)`)
	duration    = regexp.MustCompile(`expected duration but got (.*): time: .*`)
	number      = regexp.MustCompile(`expected a float but got (.*) \(\w+\)`)
)

// plain says kong's error without the names of Go's types.
func plain(err error) string {
	says := wholeNumber.ReplaceAllString(err.Error(), "expected a whole number, not $1")
	says = duration.ReplaceAllString(says, "expected a time such as 90s, 10m or 8h, not $1")
	return number.ReplaceAllString(says, "expected a number, not $1")
}

// asked is as much of a command line that was not understood as names a command.
func asked(err error) string {
	var parse *kong.ParseError
	if !errors.As(err, &parse) || parse.Context == nil {
		return "trunkline"
	}
	name := ""
	for node := parse.Context.Selected(); node != nil && node.Type == kong.CommandNode; node = node.Parent {
		name = " " + node.Name + name
	}
	return "trunkline" + name
}

// code is the one place where an error becomes an exit code and a line.
func code(err error, stderr io.Writer) int {
	if err == nil {
		return 0
	}
	if !errors.Is(err, errSaid) {
		fmt.Fprintln(stderr, "trunkline:", err)
	}
	var config *app.ConfigError
	if errors.As(err, &config) {
		return exitUsage
	}
	return exitFailure
}

// errSaid is a failure whose report the user has seen already.
var errSaid = errors.New("failed")
