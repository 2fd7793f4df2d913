package rig

import (
	"cmp"
	"context"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"trunkline/cmd/internal/app"
	"trunkline/cmd/internal/demo"
	"trunkline/dialer"
	"trunkline/sql/mariadb"
	"trunkline/webui/signin"
)

// seed brings the database to where dialing can begin.
func (r *Rig) seed(ctx context.Context) error {
	a := r.Cfg.Asterisk
	servers := mariadb.NewServers(r.DB)
	var err error
	r.Server, err = servers.Join(ctx, dialer.Server{
		Name: r.Cfg.Server, AMIAddr: a.AMI, AMIUser: a.WebAMIUser, AMISecret: a.WebAMISecret, WSURL: a.WSURL,
	})
	if err != nil {
		return err
	}
	err = mariadb.NewRig(r.DB).SetLimits(ctx, r.Server.ID, r.Trunks, r.CPS)
	if err != nil {
		return err
	}
	host, port, err := net.SplitHostPort(cmp.Or(r.Trunk, r.Carrier.Instance.SIP()))
	if err != nil {
		return err
	}
	carrier := dialer.Carrier{Name: "simulated", Host: host}
	carrier.Port, err = strconv.Atoi(port)
	if err != nil {
		return err
	}
	err = r.Store.Seed(ctx, carrier, r.Campaign, dialer.List{ID: r.List, CampaignID: r.Campaign.ID, Name: "Rig"})
	if err != nil {
		return fmt.Errorf("creating the campaign: %w", err)
	}
	err = r.hire(ctx)
	if err != nil {
		return fmt.Errorf("creating the agents: %w", err)
	}
	leads := r.Leads
	if leads == nil {
		leads = demo.LeadFile()
	}
	file := filepath.Join(r.Dir, "leads.csv")
	err = os.WriteFile(file, leads, 0o644)
	if err != nil {
		return err
	}
	_, err = app.ImportLeads(ctx, r.DB, app.LeadImport{List: r.List}, file)
	if err != nil {
		return err
	}
	r.Began, err = r.DB.Now(ctx)
	return err
}

// hire enters the agents, all with one password: to hash one for each costs
// seconds.
func (r *Rig) hire(ctx context.Context) error {
	password := app.Secret()
	hash, err := signin.HashPassword(password)
	if err != nil {
		return err
	}
	for i := range r.Agents {
		name := fmt.Sprintf("agent%d", i+1)
		id, err := mariadb.NewUsers(r.DB).Add(ctx, dialer.User{Username: name, FullName: "Agent " + strconv.Itoa(i+1), Role: dialer.RoleAgent, PassHash: hash},
			func(dialer.UserID) []dialer.Phone { return nil })
		if err != nil {
			return err
		}
		err = r.Store.PutPhone(ctx, dialer.Phone{
			ServerID: r.Server.ID, UserID: id, Login: "phone-" + name, Secret: app.Secret(),
			Kind: dialer.PhoneStatic, Contact: "sip:phone-" + name + "@" + r.Carrier.Instance.SIP(),
		})
		if err != nil {
			return err
		}
		r.Logins = append(r.Logins, Login{name, password})
	}
	return nil
}

// Dial starts or stops the campaign. The database may be away for a moment.
func (r *Rig) Dial(ctx context.Context, on bool) error {
	return r.Await(ctx, 30*time.Second, func() string {
		err := r.Store.SetActive(ctx, r.Campaign.ID, on)
		if err != nil {
			return err.Error()
		}
		return ""
	})
}
