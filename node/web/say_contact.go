package web

import (
	"net/mail"
	"net/url"
	"strings"

	"courtcircuit/node/card"
)

// reach is how to write to a collective, as it chose to publish it.
type reach struct {
	Text    string // as it was written
	Address string // mailto: or https:, "" when the text is neither
	Propose string // the same with a subject for a mission; "" as above
	Outside bool   // the address is a page elsewhere
}

// reachOf is nil when nothing was published. Only a lone mail address or a
// lone https address becomes a link: one cut out of a sentence might be
// another than the writer meant.
func (w Words) reachOf(contact string) *reach {
	contact = strings.TrimSpace(contact)
	if contact == "" {
		return nil
	}
	to := &reach{Text: contact}
	if a, err := mail.ParseAddress(contact); err == nil && a.Address == contact {
		// A "?" is a legal letter of a mail address and would begin the
		// header fields of the message.
		to.Address = "mailto:" + url.PathEscape(contact)
		to.Propose = to.Address + "?subject=" + url.PathEscape(w.Say("propose_subject"))
		return to
	}
	if isHTTPS(contact) {
		to.Address, to.Propose, to.Outside = contact, contact, true
	}
	return to
}

// isHTTPS: the network takes https links only; the pages do not rely on it.
func isHTTPS(address string) bool {
	u, err := url.Parse(address)
	return err == nil && u.Scheme == "https" && u.Host != "" && !strings.ContainsAny(address, " \t\r\n")
}

// httpsLinks leaves out what is no https address.
func httpsLinks(links []card.Link) []card.Link {
	var kept []card.Link
	for _, l := range links {
		if isHTTPS(l.URL) {
			kept = append(kept, l)
		}
	}
	return kept
}

// paragraphs are what empty lines part; single line ends are kept inside.
func paragraphs(text string) []string {
	var kept []string
	for part := range strings.SplitSeq(strings.ReplaceAll(text, "\r\n", "\n"), "\n\n") {
		if part = strings.TrimSpace(part); part != "" {
			kept = append(kept, part)
		}
	}
	return kept
}
