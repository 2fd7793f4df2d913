package queue_test

import (
	"sync"
	"testing"
	"testing/synctest"

	"trunkline/ami/internal/queue"
)

func TestInOrderWithoutWaiting(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := queue.New[int]()
		slow := make(chan struct{})
		var got []int
		var drained sync.WaitGroup
		drained.Go(func() {
			q.Drain(func(n int) {
				<-slow
				got = append(got, n)
			})
		})
		for n := range 1000 {
			q.Put(n) // nobody takes anything yet
		}
		synctest.Wait()
		if n := q.Len(); n != 999 {
			t.Errorf("%d wait behind the one that is being handled, want 999", n)
		}
		close(slow)
		synctest.Wait()
		q.Put(1000) // after the queue had run empty
		q.Close()
		drained.Wait()
		for n, item := range got {
			if n != item {
				t.Fatalf("item %d came as number %d", item, n)
			}
		}
		if len(got) != 1001 {
			t.Errorf("%d of 1001 came", len(got))
		}
	})
}

func TestClosedWithItemsIsStillDrained(t *testing.T) {
	q := queue.New[string]()
	q.Put("a")
	q.Put("b")
	q.Close()
	got := ""
	q.Drain(func(s string) { got += s })
	if got != "ab" {
		t.Errorf("got %q", got)
	}
}
