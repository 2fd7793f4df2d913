package private

import (
	"os/exec"
	"path/filepath"
	"strconv"
	"syscall"
)

// A server that root starts in a folder only root may enter, such as a checkout
// in /root, still runs as an ordinary account: its two folders are bound to where
// that account gets at them, in a mount namespace no other process sees.
const (
	boundAt     = "/mnt" // every Debian has it, and no database needs what is there
	boundData   = boundAt + "/data"
	boundSocket = boundAt + "/socket"
)

// enter is given to sh with everything as an argument, so no data is read as
// script. setpriv asks for the parent-death signal anew: a change of user ends it.
const enter = `set -e
mount -t tmpfs -o mode=755,size=1m tmpfs /mnt
mkdir /mnt/data /mnt/socket
mount --bind "$1" /mnt/data
mount --bind "$2" /mnt/socket
uid=$3 gid=$4 death=$5
shift 5
exec setpriv --reuid="$uid" --regid="$gid" --clear-groups --inh-caps=-all --no-new-privs $death "$@"`

// canBind tries whether this machine lets us have a mount namespace; containers
// often do not.
func canBind() bool {
	if _, err := exec.LookPath("setpriv"); err != nil {
		return false
	}
	return exec.Command("unshare", "--mount", "--propagation", "private", "mount", "-t", "tmpfs", "tmpfs", boundAt).Run() == nil
}

// program is a command line to run as the account, with the user to start it as
// and the data directory and the socket as the program sees them.
type program struct {
	path       string
	args       []string
	credential *syscall.Credential
}

// inside is how the account's server names the data directory and the socket.
func (a account) inside(dir, socket string) (string, string) {
	if !a.bound {
		return dir, socket
	}
	return boundData, filepath.Join(boundSocket, filepath.Base(socket))
}

// program makes the command line for the account; dir and socketDir are the
// folders it needs, args name them as inside says.
func (a account) program(dir, socketDir string, dieWithParent bool, path string, args ...string) program {
	if !a.bound {
		return program{path: path, args: args, credential: a.credential}
	}
	death := "--pdeathsig=clear"
	if dieWithParent {
		death = "--pdeathsig=KILL"
	}
	wrapped := []string{"--mount", "--propagation", "private", "sh", "-c", enter, "enter", dir, socketDir,
		strconv.Itoa(int(a.credential.Uid)), strconv.Itoa(int(a.credential.Gid)), death, path}
	return program{path: "unshare", args: append(wrapped, args...)}
}
