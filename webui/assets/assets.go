// Package assets serves what the browser gets beside HTML: the style sheet,
// which stands here as it is served, and the script bundles, which `make build`
// makes from src. Every file is served under a name that holds its content's
// hash, so that browsers may keep it for ever.
package assets

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"io/fs"
	"net/http"
	"path"
	"regexp"
	"strings"
	"sync"
	"time"
)

//go:embed css/tokens.css css/trunkline.css
var styles embed.FS

//go:embed all:dist
var dist embed.FS

// Prefix is the path under which the files are served.
const Prefix = "/static/"

type file struct {
	name string
	data []byte
	gzip func() []byte // the same compressed; nil where that saves nothing
}

type files struct {
	byURL  map[string]file
	byName map[string]string
}

// all is read when the first is asked for, and compressed file by file: this
// program is every role, and a listen that is started again has calls waiting.
var all = sync.OnceValue(load)

func load() files {
	f := files{map[string]file{}, map[string]string{}}
	var sheet []byte
	for _, name := range []string{"css/tokens.css", "css/trunkline.css"} {
		data, err := styles.ReadFile(name)
		if err != nil {
			panic(err)
		}
		sheet = append(sheet, data...)
	}
	f.add("trunkline.css", dense(sheet))
	entries, err := fs.ReadDir(dist, "dist")
	if err != nil {
		panic(err)
	}
	for _, e := range entries {
		if e.IsDir() || path.Ext(e.Name()) == ".md" {
			continue
		}
		data, err := dist.ReadFile("dist/" + e.Name())
		if err != nil {
			panic(err)
		}
		f.add(e.Name(), data)
	}
	return f
}

// dense is a style sheet without what only its readers need: comments, and the
// blanks around what separates. No rule of ours has a blank there that counts but
// in a string, which is left as it is.
func dense(sheet []byte) []byte {
	text := comments.ReplaceAllFunc(sheet, func(found []byte) []byte {
		if found[0] == '"' {
			return found
		}
		return nil
	})
	return blanks.ReplaceAllFunc(text, func(found []byte) []byte {
		if found[0] == '"' {
			return found
		}
		if mark := bytes.TrimSpace(found); len(mark) > 0 {
			return mark
		}
		return []byte(" ")
	})
}

var (
	comments = regexp.MustCompile(`"[^"]*"|(?s:/\*.*?\*/)`)
	blanks   = regexp.MustCompile(`"[^"]*"|\s*[{};,]\s*|\s+`)
)

func (f files) add(name string, data []byte) {
	sum := sha256.Sum256(data)
	url := Prefix + hex.EncodeToString(sum[:8]) + "/" + name
	f.byURL[url] = file{name, data, sync.OnceValue(func() []byte { return compressed(data) })}
	f.byName[name] = url
}

func compressed(data []byte) []byte {
	var b bytes.Buffer
	w, err := gzip.NewWriterLevel(&b, gzip.BestCompression)
	if err != nil {
		panic(err)
	}
	if _, err = w.Write(data); err == nil {
		err = w.Close()
	}
	if err != nil || b.Len() >= len(data) {
		return nil
	}
	return b.Bytes()
}

// URL is where a file is served, or "" for a bundle that has not been built.
func URL(name string) string { return all().byName[name] }

// Script is the text of a bundle, for a page that is a file of its own; nil for
// a bundle that has not been built.
func Script(name string) []byte { return all().byURL[URL(name)].data }

// Bundled tells whether the script bundles are there.
func Bundled() bool { return URL("desk.js") != "" && URL("admin.js") != "" }

// ServeHTTP serves the files. A page of a web server with another version, which a
// balancer had sent there, gets this one's file of the name, to be asked for again the
// next time: without style and script it would be of no use.
func ServeHTTP(w http.ResponseWriter, r *http.Request) {
	f, ok := all().byURL[r.URL.Path]
	keep := "public, max-age=31536000, immutable"
	if !ok {
		f, ok = all().byURL[URL(path.Base(r.URL.Path))]
		keep = "no-store"
	}
	if !ok {
		http.Error(w, "There is no such file.", http.StatusNotFound)
		return
	}
	w.Header().Set("Cache-Control", keep)
	if strings.HasSuffix(f.name, ".js") {
		w.Header().Set("Content-Type", "text/javascript; charset=utf-8")
	}
	w.Header().Set("Vary", "Accept-Encoding")
	if zipped := f.gzip(); zipped != nil && strings.Contains(r.Header.Get("Accept-Encoding"), "gzip") {
		if strings.HasSuffix(f.name, ".css") {
			w.Header().Set("Content-Type", "text/css; charset=utf-8")
		}
		w.Header().Set("Content-Encoding", "gzip")
		f.data = zipped
	}
	http.ServeContent(w, r, f.name, time.Time{}, bytes.NewReader(f.data))
}
