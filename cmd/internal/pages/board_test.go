package pages

import (
	"strings"
	"testing"
)

// floor puts agents on shift, calls on lines and what surrounds them: nadia and
// otto are on calls for AUTUMN and WINTER, mia (whom nobody hears), ada and sam
// are ready, paused for too long and in wrap-up for AUTUMN.
func (o *office) floor() {
	o.t.Helper()
	for _, q := range []string{
		`UPDATE campaigns SET active = 1 WHERE id = 'AUTUMN'`,
		`INSERT INTO leads (id, list_id, status, zone_set, e164, phone_code, phone_number, created_at)
		 VALUES (901, 1024, 'INCALL', 1, '+16145550142', '1', '6145550142', UTC_TIMESTAMP(3)), (902, 1024, 'INCALL', 1, '+16145550179', '1', '6145550179', UTC_TIMESTAMP(3))`,
		`INSERT INTO calls (id, live, state, campaign_id, list_id, lead_id, e164, server_id, carrier_id, session_id, user_id, placed_at, answered_at, wanted_at, bridged_at) VALUES
		 (9001, 1, 'TALKING', 'AUTUMN', 1024, 901, '+16145550142', 1, 1, 7004, 4, UTC_TIMESTAMP(6) - INTERVAL 90 SECOND, UTC_TIMESTAMP(6) - INTERVAL 80 SECOND, UTC_TIMESTAMP(6) - INTERVAL 80 SECOND, UTC_TIMESTAMP(6) - INTERVAL 80 SECOND),
		 (9002, 1, 'WAITING', 'AUTUMN', 1024, 902, '+16145550179', 1, 1, NULL, NULL, UTC_TIMESTAMP(6) - INTERVAL 9 SECOND, UTC_TIMESTAMP(6) - INTERVAL 1 SECOND, UTC_TIMESTAMP(6) - INTERVAL 1 SECOND, NULL),
		 (9003, 1, 'RINGING', 'AUTUMN', 1024, 902, '+16145550180', 1, 1, NULL, NULL, UTC_TIMESTAMP(6), NULL, NULL, NULL)`,
		`INSERT INTO calls (id, state, campaign_id, list_id, lead_id, e164, server_id, carrier_id, session_id, user_id, placed_at, answered_at, bridged_at, ended_at, status, sip_code, cause) VALUES
		 (9004, 'ENDED', 'AUTUMN', 1024, 902, '+16145550181', 1, 1, 7004, 4, UTC_TIMESTAMP(6) - INTERVAL 200 SECOND, UTC_TIMESTAMP(6) - INTERVAL 180 SECOND, UTC_TIMESTAMP(6) - INTERVAL 180 SECOND, UTC_TIMESTAMP(6) - INTERVAL 95 SECOND, 'SALE', 200, 16),
		 (9005, 'ENDED', 'AUTUMN', 1024, 902, '+16145550182', 1, 1, NULL, NULL, UTC_TIMESTAMP(6) - INTERVAL 20 SECOND, NULL, NULL, UTC_TIMESTAMP(6) - INTERVAL 20 SECOND, 'ADC', 503, 34)`,
		`INSERT INTO calls (id, state, campaign_id, list_id, lead_id, e164, server_id, carrier_id, placed_at, ended_at, status, sip_code, cause)
		 SELECT 9100 + s.seq, 'ENDED', 'AUTUMN', 1024, 902, '+16145550183', 1, 1, UTC_TIMESTAMP(6) - INTERVAL 30 SECOND, UTC_TIMESTAMP(6) - INTERVAL 25 SECOND, 'NA', IF(s.seq < 4, 503, 480), 18 FROM seq_1_to_60 s`,
		`INSERT INTO agent_sessions (id, live, user_id, campaign_id, server_id, phone_id, state, pause_code, no_sound, state_since, call_id, seen_at, logged_in_at) VALUES
		 (7004, 1, 4, 'AUTUMN', 1, 1, 'INCALL', '', '', UTC_TIMESTAMP(3) - INTERVAL 80 SECOND, 9001, UTC_TIMESTAMP(3) + INTERVAL 1 HOUR, UTC_TIMESTAMP(3) - INTERVAL 1 HOUR),
		 (7005, 1, 5, 'WINTER', 1, 2, 'READY', '', '', UTC_TIMESTAMP(3) - INTERVAL 12 SECOND, NULL, UTC_TIMESTAMP(3) + INTERVAL 1 HOUR, UTC_TIMESTAMP(3) - INTERVAL 1 HOUR),
		 (7002, 1, 2, 'AUTUMN', 1, 3, 'READY', '', 'phone', UTC_TIMESTAMP(3) - INTERVAL 7 SECOND, NULL, UTC_TIMESTAMP(3) + INTERVAL 1 HOUR, UTC_TIMESTAMP(3) - INTERVAL 1 HOUR),
		 (7001, 1, 1, 'AUTUMN', 1, 4, 'PAUSED', 'BREAK', '', UTC_TIMESTAMP(3) - INTERVAL 20 MINUTE, NULL, UTC_TIMESTAMP(3) + INTERVAL 1 HOUR, UTC_TIMESTAMP(3) - INTERVAL 1 HOUR),
		 (7003, 1, 3, 'AUTUMN', 1, 5, 'WRAPUP', '', '', UTC_TIMESTAMP(3) - INTERVAL 70 SECOND, NULL, UTC_TIMESTAMP(3) + INTERVAL 1 HOUR, UTC_TIMESTAMP(3) - INTERVAL 1 HOUR)`,
		`INSERT INTO agent_log (session_id, user_id, campaign_id, state, from_at, to_at)
		 SELECT 7001 + s.seq % 4, 1 + s.seq % 4, 'AUTUMN', ELT(1 + s.seq % 4, 'INCALL', 'READY', 'WRAPUP', 'INCALL'), UTC_TIMESTAMP(3) - INTERVAL (s.seq DIV 4 + 1) * 4 MINUTE, UTC_TIMESTAMP(3) - INTERVAL (s.seq DIV 4) * 4 MINUTE
		 FROM seq_1_to_60 s`,
		`INSERT INTO hopper (campaign_id, lead_id, list_id, added_at) VALUES ('AUTUMN', 901, 1024, UTC_TIMESTAMP(3)), ('AUTUMN', 902, 1024, UTC_TIMESTAMP(3))`,
		`INSERT INTO pacing_states (campaign_id, server_id, decided_at, place, bound, reason) VALUES
		 ('AUTUMN', 1, UTC_TIMESTAMP(3) + INTERVAL 1 HOUR, 3, 'budget', 'Placing 3: 2.1 agents expected free in 6 s, 1.4 answers in flight, drop budget 0.4 % left.')`,
		`INSERT INTO pacing_models (campaign_id, saved_at, model, adapt, ledgers) VALUES ('AUTUMN', UTC_TIMESTAMP(3), '', '', '[
		 {"Name":"US, 30 days","Source":"47 CFR 64.1200(a)(7)","From":"2026-10-29T00:00:00Z","To":"2026-11-28T00:00:00Z","Drops":1558,"Calls":62340,"Upper":0.026,"Limit":0.03,"Binds":true},
		 {"Name":"UK, 24 hours","Source":"Ofcom","From":"2026-11-27T00:00:00Z","To":"2026-11-28T00:00:00Z","Drops":58,"Calls":2741,"Upper":0.0257,"Limit":0.03,"Binds":false}]')`,
	} {
		if _, err := o.sql.ExecContext(o.t.Context(), q); err != nil {
			o.t.Fatalf("%s: %v", q, err)
		}
	}
}

// Scratch for the time being.
func TestBoardPictures(t *testing.T) {
	o := newOffice(t)
	o.floor()
	w := o.browse()
	w.signIn("ada")
	for _, path := range []string{"/board", "/board/AUTUMN", "/wallboard/AUTUMN", "/board/AUTUMN/flight", "/boardlimits", "/boardlimits/-every", "/boardlimits/new"} {
		for _, mode := range []string{"light", "dark"} {
			w.scheme(mode)
			w.size(1280, 1000)
			w.open(path)
			if strings.Contains(path, "board") && !strings.Contains(path, "limits") && !strings.Contains(path, "flight") {
				w.until("live", `document.querySelector("#live").textContent === "Live"`)
			}
			for _, found := range w.axe() {
				t.Errorf("%s, %s: %s", path, mode, found)
			}
			w.picture("s" + strings.ReplaceAll(path, "/", "-") + "-" + mode)
		}
		w.size(390, 844)
		if wide, err := ask[int](w, `document.documentElement.scrollWidth - innerWidth`); err != nil || wide > 0 {
			t.Errorf("%s is %d px wider than a phone (%v)", path, wide, err)
		}
		w.picture("s" + strings.ReplaceAll(path, "/", "-") + "-phone")
		w.quiet(path)
	}
}
