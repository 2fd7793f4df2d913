package demo

import (
	"bytes"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"trunkline/cmd/internal/app"
)

// TestTakenPortsAreReplaced: each by a free one of its own, and it is said.
func TestTakenPortsAreReplaced(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	var said bytes.Buffer
	address := taken.Addr().String()
	d := &demo{Options: Options{WebListen: address, Out: &said}}
	d.cfg.Metrics = app.Metrics{Web: address, Keepalive: address, Listen: "127.0.0.1:0", HopperFill: app.MetricsOff}
	if err := d.chooseAddresses(); err != nil {
		t.Fatal(err)
	}
	m := d.cfg.Metrics
	got := map[string]bool{address: true, d.cfg.Web.Listen: true, m.Web: true, m.Keepalive: true, m.Listen: true}
	if len(got) != 5 {
		t.Errorf("pages %s, metrics %+v: not each an address of its own beside %s", d.cfg.Web.Listen, m, address)
	}
	if m.HopperFill != app.MetricsOff {
		t.Errorf("hopper-fill, which was to have none, is at %s", m.HopperFill)
	}
	if n := strings.Count(said.String(), "is taken"); n != 3 {
		t.Errorf("of three taken ports is said %q", said.String())
	}
}

func TestBrowsersAddress(t *testing.T) {
	if got := browserAddress("0.0.0.0:80"); got != "127.0.0.1:80" {
		t.Error(got)
	}
}

func TestReportIsTriedFirst(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "r.json")
	if err := writable(path); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(path); err == nil {
		t.Error("leaves an empty report")
	}
	if err := os.WriteFile(path, []byte("old"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := writable(path); err != nil {
		t.Error(err)
	}
	if text, err := os.ReadFile(path); err != nil || string(text) != "old" {
		t.Errorf("an earlier report is %q, %v", text, err)
	}
	if err := writable(dir); err == nil {
		t.Error("a folder can be written")
	}
}
