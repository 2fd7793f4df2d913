package chaos

import "context"

// restartAsterisk ends Asterisk under calls, once in good order and once as a
// crash would.
func (c *chaos) restartAsterisk(ctx context.Context, f *faults) {}
