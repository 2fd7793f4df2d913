package app

import (
	"context"
	"fmt"

	"trunkline/ami"
	"trunkline/dialer"
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
	return &reloading{conf: &asterisk.Conf{Dir: d.Asterisk.ConfDir, AMI: c}, owed: true}, func() {
		stop()
		<-ended
	}, nil
}

// reloading makes sure that Asterisk has read what was written. Files that are
// as they should be say nothing about that: whoever wrote them may have died, or
// found Asterisk deaf, before the reload.
type reloading struct {
	conf *asterisk.Conf
	owed bool // a reload
}

// Apply writes what has changed and has Asterisk read it, once Asterisk answers.
func (r *reloading) Apply(ctx context.Context, phones []dialer.Phone, carriers []dialer.Carrier) (changed bool, err error) {
	err = r.conf.AMI.Wait(ctx)
	if err != nil {
		return false, fmt.Errorf("waiting for Asterisk's AMI: %w", err)
	}
	changed, err = r.conf.Apply(ctx, phones, carriers)
	if err != nil {
		r.owed = r.owed || changed
		return changed, err
	}
	if r.owed && !changed {
		err = r.conf.AMI.Reload(ctx, "res_pjsip.so")
		if err != nil {
			return false, fmt.Errorf("reloading PJSIP: %w", err)
		}
	}
	r.owed = false
	return changed, nil
}
