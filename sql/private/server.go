package private

import (
	"cmp"
	"context"
	"crypto/rand"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"github.com/go-sql-driver/mysql"

	"trunkline/dialer/proc"
)

// maxSocketPath is what fits into sockaddr_un's 108 bytes with its closing NUL.
const maxSocketPath = 107

// loopback is where the port is unless somebody says otherwise.
const loopback = "127.0.0.1"

// initFile lies in the data directory while the server starts.
const initFile = "trunkline-start.sql"

// Options say where a private server lives and how it behaves.
type Options struct {
	// Dir is the data directory; it is created at the first start. The files
	// that belong to it lie beside it, so it wants a parent folder of its own
	// or the folder of a whole installation.
	Dir string
	// Socket is where clients find the server; empty: a folder beside Dir. Its
	// folder is created for the server's account. A path that is too long for
	// the kernel, or a folder the server cannot write, is replaced by a short
	// path in a private temporary folder: read the result from Server.Socket.
	Socket string
	// Port is a TCP port; 0 keeps the network off.
	Port int
	// Address is where that port is; empty: 127.0.0.1.
	Address string
	// PidFile records the server's process; empty: none.
	PidFile string
	// Log receives all the server says; empty: mariadbd.log beside Dir.
	Log string
	// User is the account a server started by root drops to; empty: the owner
	// of the folder, mysql or nobody. Meaningless when we are not root.
	User string
	// DieWithParent has the kernel kill the server when this process dies.
	DieWithParent bool
	// BufferPool is the memory for InnoDB's pages in MB; 0: 256, or 64 with Fast.
	BufferPool int
	// Fast gives up durability for speed: for tests only.
	Fast bool
	// Notify receives a plain sentence now and then; nil: silence.
	Notify func(sentence string)
}

// Server is a running private MariaDB.
type Server struct {
	// Dir, Socket, Port and Log are what the server really uses.
	Dir, Socket, Log string
	Port             int
	Address          string // of the port
	// Account is the name it runs as when root dropped to it, root when it
	// could not, and empty when it runs as ourselves.
	Account string

	rootPassword string
	tempDir      string // made for the socket; removed at the end
	process      *proc.Process
	admin        *sql.DB
}

// Start installs the data directory if there is none, starts the server and
// returns once it answers. The context bounds the start, not the server's life.
// A server that already runs on these files, or by this pid file, is an error
// that wraps proc.ErrRunning.
func Start(ctx context.Context, o Options) (*Server, error) {
	bin, err := Find()
	if err != nil {
		return nil, err
	}
	if o.Notify == nil {
		o.Notify = func(string) {}
	}
	if o.Dir, err = filepath.Abs(o.Dir); err != nil {
		return nil, err
	}
	if o.Log == "" {
		o.Log = filepath.Join(filepath.Dir(o.Dir), "mariadbd.log")
	}
	if err := os.MkdirAll(filepath.Dir(o.Dir), 0o755); err != nil {
		return nil, err
	}
	acc, note, err := chooseAccount(o.Dir, o.User)
	if err != nil {
		return nil, err
	}
	if note != "" {
		o.Notify(note)
	}
	if err := install(ctx, bin, acc, o); err != nil {
		return nil, err
	}
	if pid := holder(o.Dir); pid != 0 {
		return nil, fmt.Errorf("MariaDB is %w on %s (pid %d)", proc.ErrRunning, o.Dir, pid)
	}
	s := &Server{Dir: o.Dir, Log: o.Log, Port: o.Port, Address: cmp.Or(o.Address, loopback), Account: acc.name}
	if err := s.placeSocket(acc, o.Socket); err != nil {
		return nil, err
	}
	if err := s.launch(bin, acc, o); err != nil {
		s.clear()
		return nil, err
	}
	if err := s.await(ctx, o.Notify); err != nil {
		s.kill()
		return nil, err
	}
	return s, nil
}

// placeSocket settles where the socket is.
func (s *Server) placeSocket(acc account, wanted string) error {
	if wanted == "" {
		wanted = filepath.Join(filepath.Dir(s.Dir), "mariadb-socket", "mariadb.sock")
	}
	wanted, err := filepath.Abs(wanted)
	if err != nil {
		return err
	}
	folder := filepath.Dir(wanted)
	if len(wanted) <= maxSocketPath {
		if _, err := os.Stat(folder); errors.Is(err, os.ErrNotExist) {
			if err := acc.ownDir(folder, 0o755); err != nil {
				return err
			}
		}
		if acc.mayWrite(folder) {
			s.Socket = wanted
			return nil
		}
	}
	// TMPDIR may be the long path we flee from, so /tmp is named outright.
	if folder, err = os.MkdirTemp("/tmp", "trunkline-"); err != nil {
		return err
	}
	s.tempDir = folder
	if err := acc.own(folder); err != nil {
		return err
	}
	s.Socket = filepath.Join(folder, "mariadb.sock")
	return nil
}

// settings are the server's options; --no-defaults comes first and keeps the
// machine's own configuration out.
func settings(dir string, fast bool, pool int) []string {
	args := []string{
		"--no-defaults",
		"--datadir=" + dir,
		// TMPDIR may be a folder the server's account cannot write.
		"--tmpdir=" + dir,
		"--character-set-server=utf8mb4",
		"--collation-server=utf8mb4_general_ci",
		"--innodb-log-file-size=32M",
	}
	if fast {
		return append(args, "--innodb-flush-log-at-trx-commit=0", "--skip-innodb-doublewrite",
			"--innodb-flush-method=nosync", "--innodb-buffer-pool-size=64M", "--aria-pagecache-buffer-size=8M")
	}
	if pool > 0 {
		// A log of the same kind: what is written at once grows with it.
		return append(args, "--innodb-flush-log-at-trx-commit=1", fmt.Sprintf("--innodb-buffer-pool-size=%dM", pool), fmt.Sprintf("--innodb-log-file-size=%dM", max(32, pool/4)))
	}
	return append(args, "--innodb-flush-log-at-trx-commit=1", "--innodb-buffer-pool-size=256M")
}

func (s *Server) launch(bin Binaries, acc account, o Options) error {
	if err := s.writeInitFile(acc); err != nil {
		return err
	}
	dir, socket := acc.inside(s.Dir, s.Socket)
	args := append(settings(dir, o.Fast, o.BufferPool),
		"--socket="+socket,
		"--pid-file="+filepath.Join(dir, "mariadbd.pid"),
		"--init-file="+filepath.Join(dir, initFile),
		"--default-time-zone=+00:00",
		"--transaction-isolation=READ-COMMITTED",
		"--skip-name-resolve",
		"--local-infile=OFF",
		"--max-connections=400",
		"--max-allowed-packet=64M",
	)
	if o.Port == 0 {
		args = append(args, "--skip-networking")
	} else {
		args = append(args, "--bind-address="+s.Address, "--port="+strconv.Itoa(o.Port))
	}
	if acc.root {
		args = append(args, "--user=root")
	}
	run := acc.program(s.Dir, filepath.Dir(s.Socket), o.DieWithParent, bin.Server, args...)
	// Whoever starts it next may be that account itself.
	err := acc.ownFile(s.Log)
	if err != nil {
		return err
	}
	s.process, err = proc.Start(proc.Spec{
		Name: "mariadbd", Path: run.path, Args: run.args, Dir: "/",
		PidFile: o.PidFile, LogFile: o.Log, Credential: run.credential,
		// A group of its own: a Ctrl-C meant for us must not end the database
		// before its users have finished.
		NewGroup: true, DiesWithParent: o.DieWithParent,
	})
	return err
}

// writeInitFile gives root a new password at every start: nothing secret has to
// outlive the server, and no other server on the socket can pass for ours.
func (s *Server) writeInitFile(acc account) error {
	s.rootPassword = secret()
	path := filepath.Join(s.Dir, initFile)
	statement := "ALTER USER 'root'@'localhost' IDENTIFIED VIA mysql_native_password USING PASSWORD('" + s.rootPassword + "');\n"
	if err := os.WriteFile(path, []byte(statement), 0o600); err != nil {
		return err
	}
	return acc.own(path)
}

// await returns when the server lets us in, or with the reason why it never will.
func (s *Server) await(ctx context.Context, notify func(string)) error {
	cfg := s.config("root", s.rootPassword, "")
	// While the server is coming up, refused connections are no news.
	cfg.Logger = &mysql.NopLogger{}
	connector, err := mysql.NewConnector(cfg)
	if err != nil {
		return err
	}
	s.admin = sql.OpenDB(connector)
	s.admin.SetMaxIdleConns(1)
	begin := time.Now()
	look := time.NewTicker(20 * time.Millisecond)
	defer look.Stop()
	say := time.NewTicker(3 * time.Second)
	defer say.Stop()
	for {
		if err := s.admin.PingContext(ctx); err == nil {
			return os.Remove(filepath.Join(s.Dir, initFile))
		}
		select {
		case <-look.C:
		case <-say.C:
			notify(fmt.Sprintf("MariaDB is starting, %.0f s so far", time.Since(begin).Seconds()))
		case <-s.process.Done():
			return fmt.Errorf("MariaDB ended at its start (%w); the last lines of %s:\n%s", s.process.Err(), s.Log, s.process.LogTail(12))
		case <-ctx.Done():
			return fmt.Errorf("MariaDB was not ready after %.0f s (%w); the last lines of %s:\n%s",
				time.Since(begin).Seconds(), ctx.Err(), s.Log, s.process.LogTail(12))
		}
	}
}

// Pid is the server's process id.
func (s *Server) Pid() int { return s.process.Pid }

// Done is closed when the server's process has ended, for whatever reason.
func (s *Server) Done() <-chan struct{} { return s.process.Done() }

// Stop ends the server cleanly, which takes it a second or two. When the context
// ends first, or after a minute, it is killed: InnoDB recovers at the next start.
func (s *Server) Stop(ctx context.Context) error {
	s.admin.Close()
	err := s.process.Stop(ctx, time.Minute)
	s.clear()
	return err
}

func (s *Server) kill() {
	if s.admin != nil {
		s.admin.Close()
	}
	s.process.Kill()
	s.clear()
}

// clear removes what was made for this run alone.
func (s *Server) clear() {
	os.Remove(filepath.Join(s.Dir, initFile))
	if s.tempDir != "" {
		os.RemoveAll(s.tempDir)
	}
}

func secret() string {
	b := make([]byte, 16)
	rand.Read(b) // never fails: it ends the program instead
	return hex.EncodeToString(b)
}

// config is a client's view of the server: the driver settings every part of
// the system is written for.
func (s *Server) config(user, password, database string) *mysql.Config {
	cfg := mysql.NewConfig()
	cfg.User, cfg.Passwd, cfg.DBName = user, password, database
	cfg.Net, cfg.Addr = s.Addr()
	cfg.Collation = "utf8mb4_general_ci"
	cfg.ParseTime = true
	cfg.Loc = time.UTC
	cfg.ClientFoundRows = true
	cfg.InterpolateParams = true
	cfg.Timeout = 5 * time.Second
	return cfg
}

// Addr is where clients connect, in the words of net.Dial: the unix socket.
func (s *Server) Addr() (network, address string) { return "unix", s.Socket }

// TCPAddr is the server's address, empty without a port.
func (s *Server) TCPAddr() string {
	if s.Port == 0 {
		return ""
	}
	return net.JoinHostPort(s.Address, strconv.Itoa(s.Port))
}
