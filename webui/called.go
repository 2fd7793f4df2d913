package webui

import (
	"context"
	"errors"
	"strconv"
	"strings"
)

// called are the names of things that the audit log keeps by their ids: by the kind
// that its objects begin with, then by id. What has been deleted is not there.
func (c Config) called(ctx context.Context) (map[string]map[string]string, error) {
	s, all := c.Setup, map[string]map[string]string{}
	name := func(kind, id, name string) {
		if all[kind] == nil {
			all[kind] = map[string]string{}
		}
		all[kind][id] = strings.TrimSpace(name)
	}
	number := func(n int64) string { return strconv.FormatInt(n, 10) }
	carriers, err := s.Carriers.All(ctx)
	for _, one := range carriers {
		name("carrier", number(int64(one.ID)), one.Name)
	}
	hosts, err2 := s.Servers.All(ctx)
	for _, one := range hosts {
		name("server", number(int64(one.ID)), one.Name)
	}
	users, err3 := s.Users.All(ctx)
	for _, one := range users {
		name("user", number(int64(one.ID)), one.Username)
	}
	lines, err4 := s.Phones.All(ctx)
	for _, one := range lines {
		name("phone", number(int64(one.ID)), one.Login)
	}
	scripts, err5 := s.Scripts.All(ctx)
	for _, one := range scripts {
		name("script", one.ID, one.Name)
	}
	headings, err6 := s.StatusGroups.All(ctx)
	for _, one := range headings {
		name("statusgroup", number(one.ID), one.Name)
	}
	campaigns, err7 := c.campaignChoices(ctx)
	for _, one := range campaigns {
		name("campaign", string(one.ID), one.Name)
	}
	lists, err8 := c.Leads.Lists.All(ctx)
	for _, one := range lists {
		name("list", number(int64(one.ID)), one.Name)
	}
	return all, errors.Join(err, err2, err3, err4, err5, err6, err7, err8)
}
