package doctor

import (
	"context"
	"fmt"

	"trunkline/sql/mariadb"
)

// trunks looks at the ways to the other telephony servers, by which calls cross
// to their agents. A single box has none.
func (e *exam) trunks(ctx context.Context) {
	const check = "trunks"
	if e.cfg.Database.DSN == "" || e.cfg.Asterisk.ARISecret == "" {
		return // configuration has said so
	}
	db, err := mariadb.Open(e.cfg.Database.DSN)
	if err != nil {
		return // said
	}
	defer db.Close()
	brief, cancel := context.WithTimeout(ctx, e.Within)
	servers, err := mariadb.NewServers(db).Telephony(brief)
	cancel()
	if err != nil {
		return // the database's findings say why
	}
	for _, s := range servers {
		switch {
		case s.Name == e.cfg.Server || !s.Active:
			continue
		case e.cfg.Asterisk.SIPAddr == "":
			e.warn(check, fmt.Sprintf("no call crosses between this server and %s: asterisk.sip_addr is empty", s.Name),
				"set it to the address and port of this host's Asterisk for the other telephony servers, and `systemctl restart trunkline-keepalive`: calls that are up go on")
			return // it is so for all of them
		case s.SIPAddr == "":
			e.warn(check, fmt.Sprintf("no call crosses between this server and %s, which gives no address for it", s.Name), "set asterisk.sip_addr in the configuration of "+s.Name)
			continue
		}
		var endpoint struct {
			State string `json:"state"`
		}
		switch found := e.ask(ctx, "/endpoints/PJSIP/"+s.ID.Trunk(), &endpoint); {
		case found == missing:
			e.warn(check, fmt.Sprintf("this Asterisk has no trunk to %s yet", s.Name), "keepalive writes it within seconds: see that trunkline-keepalive runs here and on "+s.Name)
		case found != answered:
		case endpoint.State != "online":
			e.fault(check, fmt.Sprintf("no trunk leads to %s: nobody answers SIP at %s", s.Name, s.SIPAddr),
				"see that Asterisk runs there, and that UDP gets through to that port and back: `trunkline grants --only firewall` prints the rules of each host")
		default:
			e.ok(check, "calls cross to %s (%s)", s.Name, s.SIPAddr)
		}
	}
}
