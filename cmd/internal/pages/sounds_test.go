package pages

import (
	"encoding/binary"
	"math"
	"strings"
	"testing"
)

// toneFile is a second of a tone as a WAV of two channels at 44.1 kHz.
func toneFile() string {
	const n = 44100
	raw := []byte("RIFF\x00\x00\x00\x00WAVEfmt \x10\x00\x00\x00\x01\x00\x02\x00\x44\xac\x00\x00\x10\xb1\x02\x00\x04\x00\x10\x00data")
	raw = binary.LittleEndian.AppendUint32(raw, 4*n)
	for i := range n {
		v := uint16(int16(8000 * math.Sin(2*math.Pi*1000*float64(i)/n)))
		raw = binary.LittleEndian.AppendUint16(binary.LittleEndian.AppendUint16(raw, v), v)
	}
	return string(raw)
}

// The life of a sound: sent, refused with what was typed kept, heard, renamed,
// chosen in a campaign, kept while it is played, deleted.
func TestSounds(t *testing.T) {
	o := newOffice(t)
	ada := o.as("ada")
	ada.get("/sounds").is(200, "None yet", "Send a WAV or MP3 file")
	ada.get("/sounds/new").is(200, "WAV or MP3, at most three minutes")
	again := ada.send("/sounds", "notes.txt", "Thank you for calling.", "name", "Sorry, English", "id", "").is(422, "Not saved", "This is no WAV or MP3 file")
	if !strings.Contains(again.body, `value="Sorry, English"`) {
		t.Error("what was typed is not kept")
	}
	ada.send("/sounds", "", "", "name", "x").is(422, "Choose a WAV or MP3 file")
	ada.send("/sounds", "a.wav", toneFile(), "name", "Away", "id", "../../etc/passwd").is(422, "letters, digits and dashes")
	ada.post("/sounds", "name", "x").is(422, "did not arrive")

	made := ada.send("/sounds", "Sorry, all busy.wav", toneFile(), "name", "", "id", "")
	if made.to != "/sounds/sorry-all-busy" {
		t.Fatalf("made at %q: %.300s", made.to, made.text())
	}
	ada.leads(made, "Sorry, all busy", "0:01", "trunkline/sorry-all-busy")
	ada.send("/sounds", "Sorry, all busy.wav", toneFile()).is(422, "There is a sound with this short name")
	heard := ada.get(made.to + "/audio").is(200)
	if heard.head.Get("Content-Type") != "audio/wav" || len(heard.body) != 44+2*8000 || !strings.HasPrefix(heard.body, "RIFF") {
		t.Errorf("%d bytes of %s are heard", len(heard.body), heard.head.Get("Content-Type"))
	}
	ada.get("/sounds/no-such/audio").is(404)
	ada.leads(ada.post(made.to, "seen", ada.get(made.to).seen(), "name", "Sorry, English"), "saved", "name from Sorry, all busy to Sorry, English")

	// Chosen in a campaign, whose page offers it.
	at := "/campaigns/AUTUMN/settings/machines"
	page := ada.get(at).is(200)
	if !strings.Contains(page.body, `<option value="trunkline/sorry-all-busy">Sorry, English, 0:01</option>`) {
		t.Error("the campaign does not offer it")
	}
	machines := func(voicemail string) answer {
		return ada.post(at, "seen", ada.get(at).seen(), "amd", "message", "voicemail", voicemail, "record", "all", "record_notice", "beep", "amd_mistaken_percent", "2")
	}
	machines("trunkline/no-such").is(422, "There is no such sound")
	ada.leads(machines("trunkline/sorry-all-busy"), "Saved")
	// Of a sound of Asterisk's it is said where it has to lie, of none of ours.
	if page := ada.get(at).is(200, "beep is not one of your sounds: it has to lie among Asterisk"); strings.Contains(page.body, "sorry-all-busy is not one of your sounds") {
		t.Error("a sound of ours is called none")
	}
	ada.get("/sounds").is(200, "AUTUMN")
	ada.post(made.to+"/delete").is(409, "campaign AUTUMN (message for machines)")
	ada.leads(machines("vm-goodbye"), "Saved")
	o.exec("INSERT INTO in_groups (id, name, campaigns, message, changed_at) VALUES ('SALES', 'Sales', 'AUTUMN', 'trunkline/sorry-all-busy', UTC_TIMESTAMP(3))")
	ada.get("/sounds").is(200, "in-group SALES")
	ada.post(made.to+"/delete").is(409, "in-group SALES (message)")
	o.exec("UPDATE in_groups SET message = '', music = 'trunkline/sorry-all-busy'")
	ada.post(made.to+"/delete").is(409, "in-group SALES (music on hold)")
	o.exec("DELETE FROM in_groups")
	desk := func(music string) answer {
		return ada.post("/campaigns/AUTUMN/settings/desk", "seen", ada.get("/campaigns/AUTUMN/settings/desk").seen(), "script_id", "", "preview_s", "0", "hold_music", music)
	}
	desk("trunkline/no-such").is(422, "There is no such sound")
	desk("a;b").is(422, "Choose one of your sounds")
	ada.leads(desk("trunkline/sorry-all-busy"), "Saved")
	ada.post(made.to+"/delete").is(409, "campaign AUTUMN (music on hold)")
	ada.leads(desk("default"), "Saved")
	ada.leads(ada.post(made.to+"/delete"), "deleted")
	ada.get(made.to + "/audio").is(404)
	if n := stored[int](o, "SELECT COUNT(*) FROM audit WHERE object = 'sound/sorry-all-busy' AND user_id = 1"); n != 3 {
		t.Errorf("%d audit rows, want those of sending, renaming and deleting", n)
	}
}
