package asteriskconf

import (
	"fmt"
	"io"
	"net"
	"strconv"
)

// Ports a PBX and a carrier ask for first. The n-th instance on a machine takes each n higher, and with it the n-th
// block of RTP ports: those are bound only during calls, so that probing them would tell nothing, while the SIP port
// that stands for the block is held all the time.
const (
	sipFirst   = 5060
	sipCarrier = 5160
	httpFirst  = 8088
	amiFirst   = 5038
	amiCarrier = 5138

	blocks       = 8
	rtpPBX       = 10000 // 8 blocks of 1500, up to 21999
	rtpPBXSize   = 1500
	rtpCarrier   = 22000 // 8 blocks of 1250, up to 31999, below the ports the kernel gives out by itself
	rtpCarrySize = 1250
)

// held keeps ports from other starters between choosing them and Asterisk's own bind.
type held []io.Closer

func (h held) release() {
	for _, c := range h {
		c.Close()
	}
}

// choosePorts turns the wishes of an instance into free ports.
func (in *Instance) choosePorts() (held, error) {
	var h held
	sip, ami := sipFirst, amiFirst
	if in.Kind == Carrier {
		sip, ami = sipCarrier, amiCarrier
	}
	type want struct {
		port    *int
		first   int
		network string
		what    string
		needed  bool
	}
	for _, w := range []want{
		{&in.Ports.SIP, sip, "udp", "SIP", true},
		{&in.Ports.AMI, ami, "tcp", "AMI", true},
		{&in.Ports.HTTP, httpFirst, "tcp", "HTTP", in.Kind == PBX},
		{&in.Ports.HTTPS, httpFirst + 100, "tcp", "HTTPS", in.Kind == PBX && in.TLSCert != ""},
	} {
		if !w.needed {
			continue
		}
		port, c, err := reserve(w.network, in.Address, *w.port, w.first)
		if err != nil {
			h.release()
			return nil, fmt.Errorf("%s: no free port for %s: %w", in.Name, w.what, err)
		}
		if *w.port != 0 && *w.port != port {
			fmt.Fprintf(in.Log, "%s: port %d is taken, %s is on %d\n", in.Name, *w.port, w.what, port)
		}
		*w.port = port
		h = append(h, c)
	}
	if in.Ports.RTPFirst == 0 {
		n := (in.Ports.SIP - sip + blocks*sip) % blocks
		first, size := rtpPBX, rtpPBXSize
		if in.Kind == Carrier {
			first, size = rtpCarrier, rtpCarrySize
		}
		in.Ports.RTPFirst, in.Ports.RTPLast = first+n*size, first+(n+1)*size-1
	}
	return h, nil
}

// reserve finds a free port: the wish, else from first on, else any. The same number of the other protocol, which
// Asterisk does not use, is held so that whoever starts at the same moment finds this one taken.
func reserve(network, addr string, wish, first int) (int, io.Closer, error) {
	var err error
	if wish != 0 {
		if c, e := tryPort(network, addr, wish); e == nil {
			return wish, c, nil
		}
	}
	for port := first; port < first+64; port++ {
		var c io.Closer
		if c, err = tryPort(network, addr, port); err == nil {
			return port, c, nil
		}
	}
	for range 16 {
		var port int
		if port, err = FreePort(network, addr); err == nil {
			var c io.Closer
			if c, err = tryPort(network, addr, port); err == nil {
				return port, c, nil
			}
		}
	}
	return 0, nil, err
}

func tryPort(network, addr string, port int) (io.Closer, error) {
	at := net.JoinHostPort(addr, strconv.Itoa(port))
	var probe, hold io.Closer
	var err error
	listenUDP := func() (io.Closer, error) { return net.ListenPacket("udp", at) }
	listenTCP := func() (io.Closer, error) { return net.Listen("tcp", at) }
	a, b := listenTCP, listenUDP
	if network == "udp" {
		a, b = listenUDP, listenTCP
	}
	if hold, err = b(); err != nil {
		return nil, err
	}
	if probe, err = a(); err != nil {
		hold.Close()
		return nil, err
	}
	probe.Close()
	return hold, nil
}

// FreePort returns a port that is free at this moment on addr, for "tcp" or "udp".
func FreePort(network, addr string) (int, error) {
	at := net.JoinHostPort(addr, "0")
	if network == "udp" {
		c, err := net.ListenPacket("udp", at)
		if err != nil {
			return 0, err
		}
		defer c.Close()
		return c.LocalAddr().(*net.UDPAddr).Port, nil
	}
	l, err := net.Listen("tcp", at)
	if err != nil {
		return 0, err
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port, nil
}
