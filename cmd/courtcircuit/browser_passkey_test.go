//go:build browser

package main

import (
	"strings"
	"testing"

	"github.com/go-rod/rod/lib/proto"
)

// A coordinator and a member each make a passkey, leave, and come back with
// it; one that was removed lets nobody in.
func TestBrowserPasskeys(t *testing.T) {
	w, b := startTown(t), openBrowser(t)
	// Passkeys belong to a name, and 127.0.0.1 is none.
	local := func(address string) string { return strings.Replace(address, "127.0.0.1", "localhost", 1) }
	invited, err := w.garonne.client.InviteMember(t.Context(), "Zoé Lambert")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		who, lang, link, home string
	}{{"coordinator", "fr", w.garonne.console, "/_/"}, {"member", "en", invited.URL, "/moi"}} {
		t.Run(c.who, func(t *testing.T) {
			v := openTab(t, b, reader{phone, "light", c.lang, false})
			v.addAuthenticator()
			v.open(local(c.link))
			if found, _, err := v.Has("main form [name=name]"); err == nil && found {
				v.fill("main form [name=name]", "Léa Brun")
			}
			v.send("main form")
			v.open(local(w.garonne.page) + "/acces")
			v.fill("#passkey-name", "Mon téléphone")
			v.follow(v.see("form[data-passkey=add] button", ""))
			v.see("main h3", "Mon téléphone")
			v.shoot("passkeys-" + c.who)

			v.leave("form[action='/sortir']")
			if status := v.status(local(w.garonne.page) + c.home); status != 401 {
				t.Fatalf("%s answers %d after signing out, 401 expected", c.home, status)
			}
			v.open(local(w.garonne.page) + "/entrer")
			v.follow(v.see("[data-passkey=enter]", ""))
			if !strings.HasPrefix(strings.TrimPrefix(v.address(), local(w.garonne.page)), c.home) {
				t.Fatalf("the passkey led to %s", v.address())
			}

			v.open(local(w.garonne.page) + "/acces")
			v.click("details summary")
			v.send("details form")
			v.leave("form[action='/sortir']")
			v.open(local(w.garonne.page) + "/entrer")
			v.click("[data-passkey=enter]")
			v.see("[data-passkey-says]", " ")
			if status := v.status(local(w.garonne.page) + c.home); status != 401 {
				t.Fatalf("%s answers %d to a removed passkey, 401 expected", c.home, status)
			}
		})
	}
}

// addAuthenticator gives the tab a device that holds passkeys and always says
// that its person is there.
func (v *tab) addAuthenticator() {
	v.t.Helper()
	v.must(proto.WebAuthnEnable{}.Call(v.whole))
	_, err := proto.WebAuthnAddVirtualAuthenticator{Options: &proto.WebAuthnVirtualAuthenticatorOptions{
		Protocol: proto.WebAuthnAuthenticatorProtocolCtap2, Transport: proto.WebAuthnAuthenticatorTransportInternal,
		HasResidentKey: true, HasUserVerification: true, IsUserVerified: true, AutomaticPresenceSimulation: true,
	}}.Call(v.whole)
	v.must(err)
}

// leave presses whatever button a form has.
func (v *tab) leave(form string) {
	v.t.Helper()
	v.follow(v.see(form+" button", ""))
}
