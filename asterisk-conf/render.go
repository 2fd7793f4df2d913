package asteriskconf

import (
	"bytes"
	"embed"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"
	"text/template"
)

//go:embed pbx/*.conf carrier/*.conf
var confFiles embed.FS

var confTemplates = parseTemplates()

func parseTemplates() map[string]*template.Template {
	out := map[string]*template.Template{}
	names, err := fs.Glob(confFiles, "*/*.conf")
	if err != nil {
		panic(err)
	}
	for _, name := range names {
		raw, err := confFiles.ReadFile(name)
		if err != nil {
			panic(err)
		}
		out[name] = template.Must(template.New(name).Option("missingkey=error").Parse(string(raw)))
	}
	return out
}

// confData is what the templates see.
type confData struct {
	Instance
	rt Runtime

	ModuleDir string // empty for Asterisk's built-in one
	DataDir   string
	MOHDir    string
	MaxFiles  uint64
}

// HTTPAddress is where ARI is bound.
func (d confData) HTTPAddress() string { return d.httpAddress() }

// Ledger is the file the carrier's dialplan writes to.
func (d confData) Ledger() string { return d.LedgerFile() }

// Behaviours maps suffixes to the carrier's behaviours.
func (d confData) Behaviours() map[string]string { return Behaviours() }

// MixTable is the carrier's mix as a table of a hundred.
func (d confData) MixTable() ([]string, error) { return d.Mix.table() }

// WebsocketClient says whether this Asterisk knows outbound websockets at all.
func (d confData) WebsocketClient() bool { return d.rt.OutboundWebsocket() }

// AuthType is the name of digest authentication, which once was named after its user interface.
func (d confData) AuthType() string {
	if d.rt.namedFilters() {
		return "digest"
	}
	return "userpass"
}

// Only returns the filters that let only the named events through.
func (d confData) Only(events ...string) []string {
	var out []string
	for _, e := range events {
		if d.rt.namedFilters() {
			out = append(out, "eventfilter(action(include),name("+e+")) =")
		} else {
			out = append(out, "eventfilter = Event: "+e)
		}
	}
	return out
}

// localFiles are those that take in an operator's own, from LocalDir.
var localFiles = []string{"pjsip.conf", "extensions.conf", "musiconhold.conf"}

// head is the first line of a file: what becomes of changes there.
func (d confData) head(name string) string {
	says := "; Written anew at each start of this Asterisk: changes made here are lost."
	if d.Kind == PBX && slices.Contains(localFiles, name) {
		says += " Yours go into " + d.LocalDir() + "/" + name + ", which nothing overwrites."
	}
	return says + "\n\n"
}

// render makes the configuration files of an instance, by their names.
func (d confData) render() (map[string][]byte, error) {
	if !d.rt.OutboundWebsocket() {
		d.ListenURI = ""
	}
	out := map[string][]byte{}
	for name, t := range confTemplates {
		rest, ok := strings.CutPrefix(name, string(d.Kind)+"/")
		if !ok {
			continue
		}
		var b bytes.Buffer
		b.WriteString(d.head(rest))
		if err := t.Execute(&b, d); err != nil {
			return nil, fmt.Errorf("%s: %w", path.Base(name), err)
		}
		out[rest] = b.Bytes()
	}
	return out, nil
}
