package node

import (
	"strings"

	"courtcircuit/node/french"
)

// letterWords is a mail: subject, and what stands before and after the link.
type letterWords struct{ subject, before, after string }

// letterTexts are all mails, French and English. What varies is the name of a
// collective, a commune and a link: nothing that a client wrote.
var letterTexts = map[string]map[string]letterWords{
	tellBrief: {
		"fr": {"Une mission a été déposée{commune}",
			"Bonjour,\n\nUne demande de mission vient d’arriver pour {collective}{commune}.\nElle est à lire dans votre console :",
			"Qui l’a déposée voit sur sa page qu’elle est bien arrivée, puis qu’elle est lue, et par qui."},
		"en": {"A brief has arrived{commune}",
			"Hello,\n\nA brief has just arrived for {collective}{commune}.\nRead it in your console:",
			"Whoever left it sees on their page that it arrived, then that it is read, and by whom."},
	},
	tellChange: {
		"fr": {"Un texte de mission est à revoir{commune}",
			"Bonjour,\n\nLe texte que vous avez proposé{commune} a reçu une demande de changement.\nElle est à lire dans votre console :",
			"La mission n’est publiée qu’une fois son texte accepté mot pour mot."},
		"en": {"A mission text needs another look{commune}",
			"Hello,\n\nThe client asks for a change in the text that you proposed{commune}.\nRead it in your console:",
			"The mission is published only once its exact text is accepted."},
	},
	tellReminder: {
		"fr": {"Rappel : une demande de mission attend{commune}",
			"Bonjour,\n\nUne demande de mission arrivée il y a deux jours ouvrés pour {collective}{commune} attend toujours une réponse :",
			"Vous pouvez proposer un texte ou répondre que le collectif ne peut pas la prendre. Après cinq jours ouvrés sans réponse, un autre collectif pourra recevoir la demande."},
		"en": {"Reminder: a brief is waiting{commune}",
			"Hello,\n\nA brief that arrived two working days ago for {collective}{commune} still has no answer:",
			"You can propose a text, or answer that the collective cannot take it. After five working days without an answer it may go to another collective."},
	},
	tellOffer: {
		"fr": {"Votre demande de mission : pas encore de réponse",
			"Bonjour,\n\n{collective} n’a pas encore répondu à votre demande de mission. Vous pouvez attendre encore, ou l’envoyer à un autre collectif depuis votre page de suivi :",
			suiviFR},
		"en": {"Your brief: no answer yet",
			"Hello,\n\n{collective} has not answered your brief yet. You can wait a little longer, or send it to another collective from your private page:",
			suiviEN},
	},
	tellProposed: {
		"fr": {"Votre mission : un texte à relire et à accepter",
			"Bonjour,\n\n{collective} vous propose le texte de votre mission. Rien n’est publié avant votre accord. Lisez-le, puis acceptez-le ou demandez un changement :",
			suiviFR},
		"en": {"Your mission: a text to read and accept",
			"Hello,\n\n{collective} proposes the text of your mission. Nothing is published before you agree. Read it, then accept it or ask for a change:",
			suiviEN},
	},
	tellDeclined: {
		"fr": {"Votre demande de mission : réponse {de collective}",
			"Bonjour,\n\n{collective} ne peut pas prendre votre demande de mission. Depuis votre page de suivi, vous pouvez lire la réponse et envoyer la demande à un autre collectif :",
			suiviFR},
		"en": {"Your brief: an answer from {collective}",
			"Hello,\n\n{collective} cannot take your brief. On your private page you can read the answer and send the brief to another collective:",
			suiviEN},
	},
	tellPublished: {
		"fr": {"Votre mission est publiée",
			"Bonjour,\n\n{collective} a publié votre mission, avec le texte que vous avez accepté. Vos coordonnées n’y figurent pas. Votre page de suivi :",
			suiviFR},
		"en": {"Your mission is published",
			"Hello,\n\n{collective} has published your mission with the text that you accepted. Your contact details are not in it. Your private page:",
			suiviEN},
	},
	tellTest: {
		"fr": {"Message d’essai {de collective}",
			"Bonjour,\n\nLe compte de courriel réglé dans la console fonctionne : les demandes de mission vous seront signalées à cette adresse. La console :",
			""},
		"en": {"Test message from {collective}",
			"Hello,\n\nThe mail account set in the console works: briefs will be announced at this address. The console:",
			""},
	},
}

// tellTest is the mail behind the button that tries the settings.
const tellTest = "test"

const (
	suiviFR = "Ce lien est privé : qui l’a peut répondre à votre place. Depuis cette page, vous pouvez aussi tout effacer, adresse comprise."
	suiviEN = "This link is private: whoever has it can answer in your place. On that page you can also erase everything, your address included."
)

// deskLetter is a mail to the coordinators: of the brief it holds the commune
// and the link to the console.
func deskLetter(language, event, collective, commune, link string) (subject, text string) {
	return letter(language, event, collective, collective, commune, link)
}

// clientLetter is a mail to a client about the collective that answers them,
// from the one where they left the brief.
func clientLetter(language, event, own, collective, link string) (subject, text string) {
	return letter(language, event, own, collective, "", link)
}

func letter(language, event, own, collective, commune, link string) (subject, text string) {
	w, ok := letterTexts[event][language]
	if !ok {
		w = letterTexts[event]["fr"]
	}
	if commune != "" {
		commune = " (" + commune + ")"
	}
	fill := strings.NewReplacer("{collective}", collective, "{de collective}", french.OfName(collective), "{commune}", commune)
	text = fill.Replace(w.before) + "\n\n" + link + "\n\n"
	if w.after != "" {
		text += w.after + "\n\n"
	}
	return fill.Replace(w.subject), text + "-- \n" + own + "\n"
}
