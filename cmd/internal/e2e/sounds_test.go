package e2e

import (
	"crypto/sha256"
	"encoding/hex"
	"os"
	"path/filepath"
	"testing"
	"time"

	"trunkline/cmd/internal/chromium"
	"trunkline/dialer"
	"trunkline/dialer/audit"
	dialersound "trunkline/dialer/sound"
	"trunkline/sql/mariadb"
	"trunkline/webui/facts"
)

// TestUploadedSafeHarbour: a sound that somebody has sent is brought to the
// telephony server, where the one whom no agent was free for hears it; so does
// who is put on hold, as music.
func TestUploadedSafeHarbour(t *testing.T) {
	t.Parallel()
	s := onStage(t)
	file := filepath.Join(t.TempDir(), "ours.wav")
	if err := chromium.WriteWAV(file, 44100, tone(1400, 44100, 6, 8000)); err != nil {
		t.Fatal(err)
	}
	raw, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	one, err := dialersound.Convert(raw)
	if err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256(one.WAV)
	_, err = mariadb.NewSounds(s.db).Create(t.Context(), audit.By{At: time.Now().UTC()}, facts.Sound{
		ID: "our-tone", Name: "Our tone", LengthMS: one.Length.Milliseconds(), SHA256: hex.EncodeToString(sum[:]), WAV: one.WAV,
	})
	if err != nil {
		t.Fatal(err)
	}
	s.until(t, "the sound on the telephony server", func() (bool, error) {
		_, err := os.Stat(filepath.Join(s.cfg.Asterisk.ConfDir, dialer.SoundsFolder, "our-tone.wav"))
		return err == nil, err
	})
	c := s.campaign(t, []string{"30", "32"}, func(c *dialer.Campaign) {
		c.DialLevel, c.DropMillis, c.SafeHarbour, c.HoldMusic = 2, 1000, dialer.SoundPrefix+"our-tone", dialer.SoundPrefix+"our-tone"
	})
	h := c.hand(t)
	talks, left := c.twoForOne(t, h)
	s.hears(t, s.far().HeardFile(c.e164(left)[1:]), "the message", 5, mostly(1400))
	r := c.row(t, left, "over", func(r callRow) bool { return !r.live })
	if d := s.dropped(t, r.id); r.status != dialer.StatusDrop || r.endedBy != dialer.ByDialer || d.action != "message" {
		t.Errorf("%+v, %+v", r, d)
	}
	h.onCall("hold")
	s.hears(t, s.far().HeardFile(c.e164(talks)[1:]), "the campaign's music on hold", 5, mostly(1400))
	h.onCall("hangup")
	h.untilState(dialer.AgentWrapUp)
	h.dispose("NI", "pause")
	c.settledRows(t, 2)
	c.audit(t)
	h.logout()
}
