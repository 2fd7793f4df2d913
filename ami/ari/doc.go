// Package ari speaks Asterisk's REST interface: typed requests through a
// [Client], and the events of one Stasis application through a [Dialer], which
// connects to Asterisk, or a [Listener], to which Asterisk connects by itself
// (websocket_client.conf, Asterisk 22.5 and later).
//
// The data types, request types and typed events are those of
// github.com/CyCoreSystems/ari/v6, aliased here so that callers need one
// import; [Event.Decode] is its decoder. Its HTTP client, its websocket
// connection and its event bus are not used:
//
//   - its requests take no context, have no timeout (RequestTimeout is declared
//     but never read, the http.Client is private and ends in
//     http.DefaultTransport with two idle connections per host), and lose the
//     message in the body of an error. Curing that from outside would mean to
//     change http.DefaultTransport for the whole program. The requests here go
//     through an http.Client of their own, all with a deadline, and fail with
//     an [*Error] that keeps Asterisk's message;
//   - its bus drops events after 100 for a slow subscriber without a word, and
//     delivers ApplicationReplaced to nobody. Here every event reaches one
//     handler, in order, through a queue without bound;
//   - its structs lack what decides a call's outcome, tech_cause (the SIP
//     code), and several event types. [Event] carries the first, and unknown
//     types are delivered like all others.
//
// Ids of channels, bridges, playbacks and applications become parts of a URL's
// path and are limited to letters, digits and "._:-". Texts may hold anything
// but CR, LF and NUL, because variables and caller ids end up in SIP headers.
package ari
