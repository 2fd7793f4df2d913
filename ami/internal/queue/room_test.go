package queue

import "testing"

// TestRoom: a queue takes the room of what waits in it, whether it runs empty after
// each item or never, and lets that of a burst go.
func TestRoom(t *testing.T) {
	for _, backlog := range []int{0, 1, 10, 1000} {
		q := New[int]()
		next := 0
		for range backlog {
			q.Put(next)
			next++
		}
		most, got := 0, 0
		done := make(chan struct{})
		go func() {
			defer close(done)
			q.Drain(func(n int) {
				if n != got {
					t.Errorf("with %d waiting item %d came as number %d", backlog, n, got)
				}
				got++
				if next < 100_000 {
					q.Put(next) // one comes for each that goes
					next++
				}
				q.mu.Lock()
				most = max(most, cap(q.items))
				q.mu.Unlock()
			})
		}()
		if backlog == 0 {
			q.Put(0)
			next++
		}
		q.Close()
		<-done
		if limit := 4 * max(backlog, keeps); most > limit {
			t.Errorf("with %d waiting there was room for %d, at most %d wanted", backlog, most, limit)
		}
		if cap(q.items) > keeps {
			t.Errorf("an empty queue keeps room for %d", cap(q.items))
		}
	}
}

func BenchmarkOneAtATime(b *testing.B) {
	q, handled := New[[80]uint64](), make(chan struct{})
	b.ReportAllocs()
	go func() {
		for b.Loop() {
			q.Put([80]uint64{})
			<-handled
		}
		q.Close()
	}()
	q.Drain(func([80]uint64) { handled <- struct{}{} })
}
