package private

import (
	"fmt"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"syscall"
)

// account is whom the server runs as. The zero value is ourselves.
type account struct {
	name       string
	credential *syscall.Credential // nil: no change of user
	root       bool                // the server runs as root for want of anything better
	bound      bool                // it reaches its folders through bind mounts only
}

// chooseAccount picks an ordinary account for a server started by root: the one
// asked for, else whoever owns the directory or the folder it is to lie in, else
// mysql, else nobody; the first that can get there, or else the first through
// bind mounts. note is a sentence when it has to be root after all.
func chooseAccount(dir, wanted string) (acc account, note string, err error) {
	if os.Geteuid() != 0 {
		if wanted != "" {
			me, err := user.Current()
			if err != nil || (me.Username != wanted && me.Uid != wanted) {
				return account{}, "", fmt.Errorf("only root can run MariaDB as %s", wanted)
			}
		}
		return account{}, "", nil
	}
	if wanted == "root" || wanted == "0" {
		return account{name: "root", root: true}, "", nil
	}
	if _, err := os.Stat(dir); err == nil && owner(dir) == 0 {
		return account{name: "root", root: true}, "MariaDB runs as root: its data directory " + dir + " was made that way", nil
	}
	var candidates []account
	if wanted != "" {
		acc, err := lookupAccount(wanted)
		if err != nil {
			return account{}, "", err
		}
		candidates = []account{acc}
	} else {
		for _, path := range []string{dir, filepath.Dir(dir)} {
			if uid := owner(path); uid > 0 {
				if acc, err := lookupAccount(strconv.Itoa(uid)); err == nil {
					candidates = append(candidates, acc)
				}
			}
		}
		for _, name := range []string{"mysql", "nobody"} {
			if acc, err := lookupAccount(name); err == nil {
				candidates = append(candidates, acc)
			}
		}
	}
	for _, acc := range candidates {
		if acc.can("-x", filepath.Dir(dir)) {
			return acc, "", nil
		}
	}
	if len(candidates) > 0 && canBind() {
		acc := candidates[0]
		acc.bound = true
		return acc, "", nil
	}
	if len(candidates) == 0 {
		return account{name: "root", root: true}, "MariaDB runs as root: this machine has no ordinary account for it", nil
	}
	return account{name: "root", root: true},
		fmt.Sprintf("MariaDB runs as root: the account %s may not enter %s and mounts are not allowed here", candidates[0].name, filepath.Dir(dir)), nil
}

func lookupAccount(name string) (account, error) {
	u, err := user.Lookup(name)
	if err != nil {
		if u, err = user.LookupId(name); err != nil {
			return account{}, fmt.Errorf("no account %s on this machine", name)
		}
	}
	uid, err := strconv.ParseUint(u.Uid, 10, 32)
	if err != nil {
		return account{}, err
	}
	gid, err := strconv.ParseUint(u.Gid, 10, 32)
	if err != nil {
		return account{}, err
	}
	return account{name: u.Username, credential: &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid), NoSetGroups: false}}, nil
}

// owner is the uid that owns path, or 0 when there is no such path.
func owner(path string) int {
	info, err := os.Stat(path)
	if err != nil {
		return 0
	}
	if st, ok := info.Sys().(*syscall.Stat_t); ok {
		return int(st.Uid)
	}
	return 0
}

// can asks test(1), run as the account, so that the kernel itself judges every
// folder on the way and every ACL.
func (a account) can(flag, path string) bool {
	cmd := exec.Command("test", flag, path)
	cmd.Dir = "/"
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: a.credential}
	return cmd.Run() == nil
}

// mayWrite says whether the account's server may put its socket into a folder.
func (a account) mayWrite(folder string) bool {
	if a.bound {
		return owner(folder) == int(a.credential.Uid)
	}
	return a.can("-w", folder)
}

// own gives path to the account.
func (a account) own(path string) error {
	if a.credential == nil {
		return nil
	}
	return os.Chown(path, int(a.credential.Uid), int(a.credential.Gid))
}

// ownDir makes a folder that belongs to the account.
func (a account) ownDir(path string, mode os.FileMode) error {
	if err := os.MkdirAll(path, mode); err != nil {
		return err
	}
	return a.own(path)
}

// ownFile makes a file that belongs to the account, or gives one that is there to
// it.
func (a account) ownFile(path string) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_APPEND|os.O_CREATE, 0o644)
	if err != nil {
		return err
	}
	if err := f.Close(); err != nil {
		return err
	}
	return a.own(path)
}
