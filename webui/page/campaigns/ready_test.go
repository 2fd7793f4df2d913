package campaigns

import (
	"context"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"trunkline/dialer"
	"trunkline/webui/counts"
	"trunkline/webui/facts"
)

// imported is a campaign into whose list leads have just come, or not yet.
type imported struct {
	Store
	Editor
	has bool
}

func (i *imported) Campaign(context.Context, dialer.CampaignID) (facts.Campaign, error) {
	return facts.Campaign{Campaign: dialer.Campaign{ID: "SPRING", Name: "Spring"}}, nil
}

func (i *imported) CampaignLists(context.Context, dialer.CampaignID) ([]facts.ListLine, error) {
	return []facts.ListLine{{ID: 1025}}, nil
}

func (i *imported) CampaignLive(context.Context, dialer.CampaignID, time.Time) (facts.CampaignLive, error) {
	return facts.CampaignLive{}, nil
}

func (i *imported) CarrierChoices(context.Context) ([]facts.CarrierChoice, error) { return nil, nil }

func (i *imported) HasLeads(context.Context, dialer.CampaignID) (bool, error) { return i.has, nil }

// What is missing is true at each moment: an older count does not say that leads
// are missing once they are there, nor the other way round.
func TestLeadsAreMissingOnlyWhereTheyAre(t *testing.T) {
	synctest.Test(t, leadsAreMissing)
}

func leadsAreMissing(t *testing.T) {
	shop := &imported{}
	leads := 0
	census := counts.New(time.Millisecond, func(context.Context, dialer.CampaignID) (facts.WhyNot, error) {
		time.Sleep(time.Second) // the bubble's: a count of millions, after which none is begun for a while
		return facts.WhyNot{Leads: leads, Dialable: leads}, nil
	})
	h := New(Config{
		Store: shop, Editor: shop, Census: census, Now: time.Now, Zone: time.UTC,
		Findings: func(context.Context, dialer.Campaign) ([]facts.Finding, error) { return nil, nil },
	})
	get := func(path string, serve func(w *httptest.ResponseRecorder) error) string {
		t.Helper()
		w := httptest.NewRecorder()
		if err := serve(w); err != nil {
			t.Fatalf("%s: %v", path, err)
		}
		return w.Body.String()
	}
	r := httptest.NewRequest("GET", "/campaigns/SPRING/ready", nil)
	r.SetPathValue("campaign", "SPRING")
	page := func() string {
		return get("the page", func(w *httptest.ResponseRecorder) error { return h.Ready(w, r) })
	}
	part := func() string {
		return get("the part", func(w *httptest.ResponseRecorder) error { return h.Steps(w, r) })
	}

	const nobody, counting = "There is nobody to call yet", "The leads are being counted"
	for _, c := range []struct{ was, is int }{{0, 7}, {7, 0}} {
		leads, shop.has = c.was, c.was > 0
		if _, err := census.Now(t.Context(), "SPRING"); err != nil {
			t.Fatal(err)
		}
		leads, shop.has = c.is, c.is > 0
		text := page()
		if strings.Contains(text, nobody) == shop.has || strings.Contains(text, counting) != shop.has {
			t.Errorf("the page after %d leads became %d: %.3000s", c.was, c.is, text)
		}
		if shop.has && !strings.Contains(text, "/campaigns/SPRING/ready/steps") {
			t.Error("the page does not fetch the part that waits")
		}
		if text := part(); strings.Contains(text, nobody) == shop.has || shop.has && !strings.Contains(text, "7 leads in 1 list") || strings.Contains(text, counting) {
			t.Errorf("the part after %d leads became %d: %.3000s", c.was, c.is, text)
		}
	}
}
