// Build bundles the TypeScript of webui/assets/src, with the packages that npm
// has put beside it, into webui/assets/dist. Run it from the top of the
// repository (`make build` does).
package main

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/evanw/esbuild/pkg/api"
)

func main() {
	if err := build(filepath.Join("webui", "assets")); err != nil {
		fmt.Fprintln(os.Stderr, "bundling the pages' scripts:", err)
		os.Exit(1)
	}
}

func build(dir string) error {
	if _, err := os.Stat(filepath.Join(dir, "node_modules", "jssip")); err != nil {
		return fmt.Errorf("the browser's packages are not there (%w); run `npm ci --ignore-scripts` in %s", err, dir)
	}
	result := api.Build(api.BuildOptions{
		EntryPoints:       entries(dir),
		Outdir:            filepath.Join(dir, "dist"),
		Bundle:            true,
		Write:             true,
		MinifyWhitespace:  true,
		MinifySyntax:      true,
		MinifyIdentifiers: true,
		Format:            api.FormatESModule,
		Platform:          api.PlatformBrowser,
		Target:            api.ES2022,
		LegalComments:     api.LegalCommentsEndOfFile, // the licences travel with the code
		LogLevel:          api.LogLevelWarning,
		Loader:            map[string]api.Loader{".css": api.LoaderText}, // of a library, for a page that has no style sheet of its own
		Alias:             map[string]string{"debug": "./" + filepath.ToSlash(filepath.Join(dir, "src", "trace.cjs"))},
		// JsSIP asks its debug package's settings of this.
		Define: map[string]string{"process.env.NODE_ENV": `"production"`, "global": "globalThis"},
	})
	if len(result.Errors) > 0 {
		return fmt.Errorf("%d errors, the first: %s", len(result.Errors), result.Errors[0].Text)
	}
	for _, f := range result.OutputFiles {
		fmt.Printf("%s %d kB\n", filepath.Base(f.Path), len(f.Contents)/1024)
	}
	return nil
}

// bundles are what pages run; ear is loaded by a board that listens in.
var bundles = []string{"desk", "admin", "watch", "check", "board", "wallboard", "ear", "report", "reports"}

func entries(dir string) []string {
	var files []string
	for _, name := range bundles {
		files = append(files, filepath.Join(dir, "src", name+".ts"))
	}
	return files
}
