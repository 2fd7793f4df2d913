// Package join adds a host to a cluster with one token. An operator makes it
// (Invite): what the new host has to know is sealed by the token and kept in the
// database, from which the web role hands it out once (Join).
package join

import (
	"bytes"
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base32"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/BurntSushi/toml"

	"trunkline/cmd/internal/app"
)

// prefix begins every token, so that one that was pasted somewhere is known.
const prefix = "tljoin-"

// Token is what is handed to whoever sets up the new host.
type Token string

// NewToken makes one of 200 random bits.
func NewToken() Token {
	b := make([]byte, 25)
	rand.Read(b) // never fails: it ends the program instead
	return Token(prefix + strings.ToLower(base32.StdEncoding.EncodeToString(b)))
}

// Check says whether somebody typed a token.
func (t Token) Check() error {
	rest, ok := strings.CutPrefix(string(t), prefix)
	raw, err := base32.StdEncoding.DecodeString(strings.ToUpper(rest))
	if !ok || err != nil || len(raw) != 25 {
		return fmt.Errorf("this is no token of `trunkline invite`: one begins with %s and has 40 letters and digits after it", prefix)
	}
	return nil
}

// ID is by what the database knows the token; nothing leads back from it.
func (t Token) ID() string {
	sum := sha256.Sum256([]byte("trunkline join id " + string(t)))
	return hex.EncodeToString(sum[:])
}

func (t Token) cipher() cipher.AEAD {
	key := sha256.Sum256([]byte("trunkline join key " + string(t)))
	block, err := aes.NewCipher(key[:])
	if err == nil {
		var sealed cipher.AEAD
		sealed, err = cipher.NewGCM(block)
		if err == nil {
			return sealed
		}
	}
	panic(err) // the key has the right length
}

// Seal closes a configuration so that only the token opens it.
func (t Token) Seal(c app.Config) ([]byte, error) {
	var b bytes.Buffer
	err := toml.NewEncoder(&b).Encode(c)
	if err != nil {
		return nil, err
	}
	aead := t.cipher()
	nonce := make([]byte, aead.NonceSize())
	rand.Read(nonce)
	return aead.Seal(nonce, nonce, b.Bytes(), nil), nil
}

// open opens what Seal closed.
func (t Token) open(sealed []byte) (app.Config, error) {
	c := app.Default()
	aead := t.cipher()
	if len(sealed) < aead.NonceSize() {
		return c, errors.New("the answer holds no configuration")
	}
	text, err := aead.Open(nil, sealed[:aead.NonceSize()], sealed[aead.NonceSize():], nil)
	if err != nil {
		return c, errors.New("the answer was not sealed by this token")
	}
	_, err = toml.Decode(string(text), &c)
	return c, err
}

// Join uses the token up at a web server and writes the host's configuration to
// path, which must not be there. Of a network that fails on the way the error
// says whether the token may be used again.
func Join(ctx context.Context, web string, t Token, path string) (app.Config, error) {
	var c app.Config
	err := t.Check()
	if err != nil {
		return c, err
	}
	u, err := url.Parse(web)
	if err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" {
		return c, fmt.Errorf("%q is no address of a web server such as https://dialer.example.com", web)
	}
	// Before the token is used up: is there a place for what it brings?
	if _, err := os.Stat(path); err == nil {
		return c, fmt.Errorf("%s is there already: this host has joined. Move it away to join anew", path)
	}
	err = os.MkdirAll(filepath.Dir(path), 0o755)
	if err != nil {
		return c, err
	}
	probe, err := os.CreateTemp(filepath.Dir(path), ".trunkline-*")
	if err != nil {
		return c, fmt.Errorf("the configuration cannot be written: %w", err)
	}
	probe.Close()
	os.Remove(probe.Name())

	ctx, cancel := context.WithTimeout(ctx, 20*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, u.JoinPath("join").String(), strings.NewReader(url.Values{"id": {t.ID()}}.Encode()))
	if err != nil {
		return c, err
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	// Who follows a POST elsewhere may come as a GET, and without TLS to begin with.
	client := http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	resp, err := client.Do(req)
	if err != nil {
		return c, unreached(u, err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, 1<<20))
	if err != nil {
		return c, fmt.Errorf("the answer of %s broke off: %w; ask for a new token", web, err)
	}
	var answer struct {
		Sealed []byte `json:"sealed"`
		Error  string `json:"error"`
	}
	err = json.Unmarshal(body, &answer)
	switch {
	case resp.StatusCode != http.StatusOK && answer.Error != "":
		return c, errors.New(answer.Error)
	case resp.StatusCode/100 == 3:
		to, _ := resp.Location()
		return c, fmt.Errorf("%s leads on to %s: give that address, without what follows the host's name. %s", web, to, unused)
	case resp.StatusCode == http.StatusBadRequest && u.Scheme == "http":
		return c, fmt.Errorf("%s answers %s: where it has TLS, begin the address with https://", web, resp.Status)
	case resp.StatusCode != http.StatusOK:
		return c, fmt.Errorf("%s answers %s: is this Trunkline's web server?", web, resp.Status)
	case err != nil:
		return c, fmt.Errorf("%s answers with something else: is this Trunkline's web server?", web)
	}
	c, err = t.open(answer.Sealed)
	if err != nil {
		return c, err
	}
	return c, c.Save(path)
}
