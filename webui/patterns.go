package webui

// Patterns are the addresses of all routes, as http.ServeMux has them: for tests
// that try every one.
func (u *UI) Patterns() []string {
	var all []string
	for _, r := range u.routes() {
		all = append(all, r.pattern)
	}
	return all
}
