package doctor

import (
	"fmt"
	"os"
	"syscall"
	"time"

	"trunkline/cmd/internal/backup"
)

// overdue is how old the newest of nightly backups may be: a night that failed is
// said by its unit, several by us.
const overdue = 50 * time.Hour

// backups looks at the nightly ones, on a host that has any: whether they are
// still made, and whether the next has room beside those that are kept.
func (e *exam) backups() {
	const check = "backups"
	var newest os.FileInfo
	var count int
	for _, o := range []backup.Options{{Recordings: true}, {Only: true}, {}} {
		paths, err := backup.Kept(e.Nights, e.cfg.Server, o)
		if err != nil {
			return // there is none, or it is not for our eyes
		}
		count += len(paths)
		for _, path := range paths {
			if info, err := os.Stat(path); err == nil && (newest == nil || info.ModTime().After(newest.ModTime())) {
				newest = info
			}
		}
	}
	var s syscall.Statfs_t
	if newest == nil || syscall.Statfs(e.Nights, &s) != nil {
		return
	}
	const mb = 1 << 20
	free, size := float64(s.Bavail)*float64(s.Bsize)/mb, float64(newest.Size())/mb
	says := fmt.Sprintf("%d in %s, the newest of %s with %.1f MB; %.0f MB are free", count, e.Nights, newest.ModTime().UTC().Format(time.DateTime), size, free)
	switch {
	case free < size:
		e.fault(check, says+": the next one does not fit", "make room, copy older ones off this host, or keep fewer: `systemctl edit trunkline-backup` with another --keep")
	case e.Now().Sub(newest.ModTime()) > overdue:
		e.warn(check, says+": none has been made since", "`systemctl list-timers trunkline-backup.timer` says whether it is on, `journalctl -u trunkline-backup` why it failed")
	default:
		e.ok(check, "%s", says)
	}
}
