// Package webui is the web role's face: the agents' desk and the admin pages. It
// knows the database and the telephony servers by interfaces only, which the
// packages that use them declare and Config gathers.
//
// # How to add a page
//
// A page is a folder below webui/page that imports no other page. What it
// shows it asks of a Store, an interface that it declares; sql/mariadb fills it
// from statements in sql/queries. page/groups is a short example with all of
// this:
//
//  1. page/NAME/NAME.go: Config, New and the handlers, each
//     func(w, r) error: parse, one call of the store, then ui.Render or, after a
//     POST, ui.Done(w, r, address, "Carrier north-1 saved."). Errors are returned:
//     adapt.go makes them pages. A sentence of one's own is dialer.Explain(kind,
//     "What happened. What to do.").
//  2. page/NAME/NAME.templ: the view, beginning with
//     @ui.Admin(m.Frame) { @ui.Head("Carriers", "A sentence.") { the one primary
//     action } … }. Cards, tables and the rest are classes of trunkline.css; see
//     ui/parts.templ for Head, Table, Pager, Empty, FieldOf, Setting, Wrong, Clash,
//     Seen, Confirmed, Live and Progress. No inline script or style: the policy
//     refuses them. `go tool templ generate` writes *_templ.go; commit it.
//  3. A form is a list of ui.Field (label, control, one sentence on the effect) and
//     a webui/form.Form, which reads and checks what was typed and keeps it. Wrong
//     answers are shown again with status 422.
//  4. Editing: read the record as audit.Record and put @ui.Seen(record.Seen) into
//     the form; save audit.Edit{By: signin.By(r, now), Seen: f.Seen(), Record: …}.
//     The store's edit (sql/mariadb/audit.go) writes the audit row with before and
//     after, and takes in what others saved meanwhile; where both changed the same
//     field it returns *audit.Conflict, which is shown by ui.Clashes and @ui.Clash
//     with status 409 and the conflict's Seen in the form.
//  5. Something that destroys is asked for by @ui.Confirmed, and has a GET page
//     that asks the same by @ui.ConfirmPage.
//  6. routes.go: a line for each address with the dialer.Right that it takes.
//     Where the path has {campaign}, the right is asked in that campaign by itself;
//     where the campaign is known only from a record, the handler asks
//     signin.User(ctx).May(right, campaign), and lists leave out what the user does
//     not see. An address that takes files stands in uploads too. leastRole in
//     roles_test.go says the same once more, by hand.
//  7. ui/nav.go: an Entry, if people go there by themselves.
//  8. Long work says how far it is: @ui.Live with an address that live.Serve answers.
//  9. Tables are read by key, not by page number: WHERE (at, id) < (?, ?) ORDER BY
//     at DESC, id DESC LIMIT n+1, and ui.Pager below.
//  10. A report is no page of its own: it is an entry of dialer/report's All, whose
//     Make gives figures, tables and a chart; page, files and command come by
//     themselves. roles_test.go gets its name, and sql/mariadb's TestReportsEqualTheLog
//     compares it with a recount.
//
// Pages are tested on the real database, and in a real browser, in
// cmd/internal/pages, where axe-core also looks at every page in light and dark.
package webui
