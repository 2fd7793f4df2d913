package demo

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strconv"

	"trunkline/cmd/internal/app"
	"trunkline/dialer"
	"trunkline/dialer/audit"
	"trunkline/sql/mariadb"
	"trunkline/webui/facts"
	"trunkline/webui/signin"
)

// seed brings the database to where dialing can begin: this server, the carrier,
// the campaign with its list and its leads, and who works there.
func (d *demo) seed(ctx context.Context) error {
	var err error
	d.joined, err = d.db.Now(ctx)
	if err != nil {
		return err
	}
	a := d.cfg.Asterisk
	d.server, err = mariadb.NewServers(d.db).Join(ctx, dialer.Server{
		Name: d.cfg.Server, AMIAddr: a.AMI, AMIUser: a.WebAMIUser, AMISecret: a.WebAMISecret, WSURL: a.WSURL,
	})
	if err != nil {
		return err
	}
	// A run that was killed may have left its last word standing.
	err = mariadb.NewServers(d.db).SetListening(ctx, d.server.ID, false, 0)
	if err != nil {
		return err
	}
	host, port, err := net.SplitHostPort(d.carrier.Instance.SIP())
	if err != nil {
		return err
	}
	carrier := dialer.Carrier{Name: carrierName, Host: host}
	carrier.Port, err = strconv.Atoi(port)
	if err != nil {
		return err
	}
	list := dialer.List{ID: 101, CampaignID: campaignID, Name: "Homeowners, autumn"}
	if d.Leads != "" {
		list.ID, list.Name = 102, filepath.Base(d.Leads) // a list of its own, or the generated leads would be dialed as well
	}
	d.list = list.ID
	err = d.store.Seed(ctx, carrier, campaign(), list)
	if err != nil {
		return fmt.Errorf("creating the campaign: %w", err)
	}
	method := dialer.DialRatio // a level was asked for
	if d.DialLevel == 0 && d.For > 0 {
		// A measurement does not hang on what an earlier run was told.
		method, d.DialLevel = campaign().DialMethod, campaign().DialLevel
	}
	if d.DialLevel > 0 {
		change := facts.CampaignChange{Campaign: campaignID, By: audit.By{At: d.joined}} // by no user, but the command line
		err = mariadb.NewWebCampaigns(d.db).SetDialLevel(ctx, change, d.DialLevel)
		if err == nil {
			err = d.store.SetMethod(ctx, campaignID, method)
		}
		if err != nil {
			return err
		}
	}
	err = d.seedUsers(ctx)
	if err != nil {
		return fmt.Errorf("creating the users: %w", err)
	}
	return d.seedLeads(ctx)
}

func campaign() dialer.Campaign {
	return dialer.Campaign{
		ID: campaignID, Name: "Autumn energy review", DialMethod: dialer.DialPredictive, DialLevel: 1.5,
		DialTimeout: 26, DropMillis: 2000, CallerID: "+12125550100", AMD: dialer.AMDOff, Record: dialer.RecordAll,
		// The numbers ring nobody but our own carrier: any hour will do.
		CallFrom: 0, CallTo: 1440, DialStatuses: string(dialer.StatusNew),
	}
}

// seedUsers makes sure of an administrator, an agent for whoever is at the
// browser, and the simulated agents with a phone each at the carrier.
func (d *demo) seedUsers(ctx context.Context) error {
	var err error
	d.logins, err = loadLogins(filepath.Join(d.RunDir, "logins.txt"))
	if err != nil {
		return err
	}
	users := mariadb.NewUsers(d.db)
	people := []dialer.User{
		{Username: "admin", FullName: "Ada Admin", Role: dialer.RoleAdmin},
		{Username: "agent", FullName: "Alex Agent", Role: dialer.RoleAgent},
	}
	for i := range d.Agents {
		people = append(people, dialer.User{Username: handName(i), FullName: personName(i), Role: dialer.RoleAgent})
	}
	for i, user := range people {
		simulated := i >= 2
		id, err := d.seedUser(ctx, users, user, simulated)
		if err != nil {
			return fmt.Errorf("%s: %w", user.Username, err)
		}
		if !simulated {
			continue
		}
		phone := dialer.Phone{
			ServerID: d.server.ID, UserID: id, Login: "phone-" + user.Username, Secret: app.Secret(),
			Kind: dialer.PhoneStatic, Contact: "sip:phone-" + user.Username + "@" + d.carrier.Instance.SIP(),
		}
		err = d.store.PutPhone(ctx, phone)
		if err != nil {
			return err
		}
	}
	return d.logins.save()
}

// seedUser makes sure that the user exists with the password in the file.
func (d *demo) seedUser(ctx context.Context, users *mariadb.Users, user dialer.User, simulated bool) (dialer.UserID, error) {
	old, err := users.ByUsername(ctx, user.Username)
	known := d.logins.password[user.Username] != ""
	switch {
	case err == nil && known:
		return old.ID, nil
	case err != nil && !errors.Is(err, dialer.ErrNotFound):
		return 0, err
	}
	if !known {
		d.logins.password[user.Username] = app.Secret()
	}
	password := d.logins.password[user.Username]
	if err == nil {
		return old.ID, app.SetPassword(ctx, d.db, user.Username, password)
	}
	user.PassHash, err = signin.HashPassword(password)
	if err != nil {
		return 0, err
	}
	return users.Add(ctx, user, func(id dialer.UserID) []dialer.Phone {
		if simulated || user.Role == dialer.RoleAdmin {
			return nil
		}
		return []dialer.Phone{app.WebRTCPhone(id, user.Username, d.server)}
	})
}

// seedLeads imports the lead file at the first run; later runs dial the same
// leads again.
func (d *demo) seedLeads(ctx context.Context) error {
	var err error
	d.leads, err = d.store.Leads(ctx, d.list)
	if err != nil {
		return err
	}
	if d.leads == 0 || d.Leads != "" {
		err = d.importLeads(ctx)
		if err != nil {
			return err
		}
	}
	return d.store.ResetAll(ctx, campaignID, d.list)
}

func (d *demo) importLeads(ctx context.Context) error {
	path := d.Leads
	if path == "" {
		path = filepath.Join(d.RunDir, "demo-leads.csv")
		err := os.WriteFile(path, LeadFile(), 0o600)
		if err != nil {
			return err
		}
	}
	d.say("Importing %s …", d.rel(path))
	report, err := app.ImportLeads(ctx, d.db, app.LeadImport{List: d.list}, path)
	if err != nil {
		return err
	}
	d.say("  %d leads taken, %d refused, %d there already", report.Accepted, report.Rejected, report.Duplicates)
	d.leads, err = d.store.Leads(ctx, d.list)
	return err
}
