package pages

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/chromedp/chromedp"
)

// importLeads takes a lead file the whole way in the browser: sent, its columns
// chosen, tried, imported with the progress shown live, and taken back. look
// judges each page on the way.
func (w *window) importLeads(look func(path, name string)) {
	w.t.Helper()
	var file strings.Builder
	file.WriteString("TEL1;FNAME;CITY\n4.15E+09;Rune;Lima\n")
	const good = 6000
	for i := range good {
		fmt.Fprintf(&file, "212%07d;Ann %d;New York\n", 2_340_000+i, i)
	}
	path := filepath.Join(w.t.TempDir(), "autumn.csv")
	if err := os.WriteFile(path, []byte(file.String()), 0o600); err != nil {
		w.t.Fatal(err)
	}
	w.size(1280, 900)
	w.open("/imports")
	w.do(
		chromedp.SetUploadFiles(chromedp.CSS("#file"), []string{path}),
		chromedp.Click(chromedp.CSS(`[data-testid="send"]`)),
	)
	w.until("the columns of the file", `/^\/imports\/\d+$/.test(location.pathname) && document.querySelector('[data-testid="columns-problem"]')`)
	at, err := ask[string](w, `location.pathname`)
	if err != nil {
		w.t.Fatal(err)
	}
	look(at, "import-columns")
	w.size(1280, 900)
	w.open(at)
	w.do(
		chromedp.SetValue(chromedp.CSS(`[data-testid="col-0"]`), "phone_number"),
		chromedp.SetValue(chromedp.CSS(`[data-testid="col-1"]`), "first_name"),
		chromedp.Click(chromedp.CSS(`[data-testid="look"]`)),
	)
	w.until("the preview", `document.querySelector('[data-testid="preview"]')?.innerText.includes("(212) 234-0000")`)
	w.do(chromedp.Click(chromedp.CSS(`[data-testid="check"]`)))
	w.until("the end of the dry run", `document.querySelector('[data-testid="state"]')?.innerText.includes("Dry run done")`)
	if n := w.count(`SELECT COUNT(*) FROM leads`); n != 0 {
		w.t.Errorf("the dry run wrote %d leads", n)
	}
	w.do(chromedp.Click(chromedp.CSS(`[data-testid="import"]`)))
	w.until("the end of the import", fmt.Sprintf(`document.querySelector('[data-testid="state"]')?.innerText.includes("Imported")
		&& document.querySelector('#progress-card .legend').innerText.replace(/\D+/g, " ").includes(" %s %03d ")`, "6", good%1000))
	if n := w.count(`SELECT COUNT(*) FROM leads`); n != good {
		w.t.Errorf("%d leads of %d rows", n, good)
	}
	look(at, "import-done")
	w.size(1280, 900)
	w.open(at + "/undo")
	w.do(chromedp.Click(chromedp.CSS(`[data-testid="do-undo"]`)))
	w.until("the end of the undoing", `document.querySelector('[data-testid="state"]')?.innerText.includes("Undone")`)
	w.quiet(at)
}
