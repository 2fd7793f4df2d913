package app

import (
	"context"

	"trunkline/dialer"
	"trunkline/dialer/keepalive"
)

// noConf stands in until dialer/asterisk has its writer.
type noConf struct{}

func (noConf) Apply(context.Context, []dialer.Phone, []dialer.Carrier) (bool, error) {
	return false, nil
}

func confWriter(context.Context, *Duty) (keepalive.Conf, func(), error) {
	return noConf{}, func() {}, nil
}
