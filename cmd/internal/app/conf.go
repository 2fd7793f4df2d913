package app

import (
	"context"

	"trunkline/ami"
	"trunkline/dialer/asterisk"
	"trunkline/dialer/keepalive"
)

// confWriter is the writer of this host's Asterisk configuration, with an AMI
// connection of its own that may reload and little else.
func confWriter(ctx context.Context, d *Duty) (keepalive.Conf, func(), error) {
	c := ami.New(ami.Config{
		Addr: d.Asterisk.AMI, User: d.Asterisk.KeepaliveAMIUser, Secret: d.Asterisk.KeepaliveAMISecret,
		EventMask: "off", Log: d.Log,
	})
	ctx, stop := context.WithCancel(ctx)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_ = c.Run(ctx)
	}()
	return &asterisk.Conf{Dir: d.Asterisk.ConfDir, AMI: c}, func() {
		stop()
		<-ended
	}, nil
}
