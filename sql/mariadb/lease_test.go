package mariadb_test

import (
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

func TestLease(t *testing.T) {
	h := newHopperDB(t)
	hold := func(holder string, epoch int64) int64 {
		t.Helper()
		got, err := h.lease.Hold(t.Context(), "fill", holder, epoch, time.Minute)
		if err != nil {
			t.Fatal(err)
		}
		return got
	}
	if e := hold("a", 0); e != 1 {
		t.Fatalf("the first holder got epoch %d", e)
	}
	if e := hold("b", 0); e != 0 {
		t.Errorf("a second holder got epoch %d", e)
	}
	if e := hold("a", 1); e != 1 {
		t.Errorf("the renewal gave epoch %d", e)
	}
	h.exec(`UPDATE leases SET expires_at = UTC_TIMESTAMP(3) - INTERVAL 1 SECOND`)
	if e := hold("a", 1); e != 1 {
		t.Errorf("a late renewal that nobody forestalled gave epoch %d", e)
	}
	h.exec(`UPDATE leases SET expires_at = UTC_TIMESTAMP(3)`)
	if e := hold("b", 0); e != 2 {
		t.Errorf("the next holder got epoch %d", e)
	}
	if e := hold("a", 1); e != 0 {
		t.Errorf("the one that was overtaken renewed to epoch %d", e)
	}
	if err := h.lease.End(t.Context(), "fill", "a", 1); err != nil {
		t.Fatal(err)
	}
	if e := hold("c", 0); e != 0 {
		t.Errorf("one that was overtaken ended its successor's lease")
	}
	if err := h.lease.End(t.Context(), "fill", "b", 2); err != nil {
		t.Fatal(err)
	}
	if e := hold("c", 0); e != 3 {
		t.Errorf("a lease given back went on to epoch %d", e)
	}
	for _, other := range [][2]string{{"fill", "x"}, {"other", "c"}} {
		if err := h.lease.EndOf(t.Context(), other[0], other[1]); err != nil {
			t.Fatal(err)
		}
	}
	if e := hold("d", 0); e != 0 {
		t.Errorf("a lease was taken that is nobody's inheritance, to epoch %d", e)
	}
	if err := h.lease.EndOf(t.Context(), "fill", "c"); err != nil {
		t.Fatal(err)
	}
	if e := hold("d", 0); e != 4 {
		t.Errorf("the heir got epoch %d", e)
	}
	if e := hold("c", 3); e != 0 {
		t.Errorf("one that was thought dead renewed to epoch %d", e)
	}
	if n := h.count(`SELECT COUNT(*) FROM leases WHERE expires_at BETWEEN UTC_TIMESTAMP(3) + INTERVAL 50 SECOND AND UTC_TIMESTAMP(3) + INTERVAL 61 SECOND`); n != 1 {
		t.Error("the lease does not run for the minute that was asked for")
	}
}

func TestLeaseHasOneTaker(t *testing.T) {
	h := newHopperDB(t)
	for round := range 5 {
		var wg sync.WaitGroup
		var takers atomic.Int32
		for i := range 8 {
			wg.Go(func() {
				epoch, err := h.lease.Hold(t.Context(), "fill", fmt.Sprint("holder ", i), 0, time.Minute)
				if err != nil {
					t.Error(err)
				}
				if epoch != 0 {
					takers.Add(1)
				}
			})
		}
		wg.Wait()
		if n := takers.Load(); n != 1 {
			t.Errorf("round %d: %d took the lease", round, n)
		}
		h.exec(`UPDATE leases SET expires_at = UTC_TIMESTAMP(3)`)
	}
}
