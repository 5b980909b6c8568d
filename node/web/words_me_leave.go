package web

// meConsentWords are what somebody agrees to. A change of what they mean is a
// new meWording.
var meConsentWords = map[string]sentence{
	"me_publish_title":             {"Publier ma fiche", "Publish my card"},
	"me_publish":                   {"Publier ma fiche", "Publish my card"},
	"me_publish_back":              {"Revenir au formulaire", "Back to the form"},
	"me_publish_next":              {"Ensuite s’affiche, une seule fois, votre secret de récupération. Ayez de quoi le noter.", "Next comes your recovery secret, shown once. Have something ready to note it."},
	"me_consents":                  {"Ce que vous acceptez", "What you agree to"},
	"me_consents_wrong":            {"Rien n’est publié : il manque votre accord.", "Nothing is published: your agreement is missing."},
	"me_consents_undo":             {"Pour revenir sur l’un ou l’autre : « Effacer », à tout moment, sans le demander à personne.", "To take either back: “Erase”, at any time, without asking anybody."},
	"me_consent_membership":        {"Je suis membre du collectif %s.", "I am a member of the collective %s."},
	"me_consent_membership_means":  {"Le collectif signe votre appartenance et garde la clé de votre fiche pour vous. Il peut corriger la fiche : l’historique vous dit qui et quand. Vous pouvez partir avec votre fiche.", "The collective signs your membership and keeps the key of your card for you. It can correct the card: the history tells you who and when. You can leave with your card."},
	"me_consent_publication":       {"Ma fiche est publique sur tout le réseau.", "My card is public on the whole network."},
	"me_consent_publication_means": {"Elle est copiée chez tous les collectifs reliés et lisible par tout le monde, moteurs de recherche compris. Effacée, elle est retirée chez chacun d’eux ; ce que d’autres ont recopié ailleurs ne peut pas être repris.", "It is copied to all connected collectives and readable by everybody, search engines included. Once erased, it is withdrawn at each of them; what others have copied elsewhere cannot be taken back."},
	"me_consent_needed":            {"Cochez pour continuer, ou revenez au formulaire : rien n’est publié sans votre accord.", "Tick to go on, or go back to the form: nothing is published without your agreement."},
}

// meSecretWords are those of the recovery secret.
var meSecretWords = map[string]sentence{
	"me_secret_title":    {"Votre secret de récupération", "Your recovery secret"},
	"me_secret_lead":     {"Votre fiche est publiée. Notez ce secret maintenant : il n’est montré qu’une fois, et personne ici ne le garde.", "Your card is published. Note this secret now: it is shown once, and nobody here keeps it."},
	"me_secret_of":       {"Fiche de", "Card of"},
	"me_id":              {"Identifiant de la fiche", "Id of the card"},
	"me_secret_for":      {"Il permet d’emporter votre fiche dans un autre collectif, ou de la reprendre si ce collectif disparaît.", "It lets you take your card to another collective, or take it back if this collective disappears."},
	"me_secret_where":    {"Sur papier, ou dans un gestionnaire de mots de passe. Qui le possède peut prendre votre fiche : ne l’envoyez à personne.", "On paper, or in a password manager. Whoever has it can take your card: send it to nobody."},
	"me_secret_lost":     {"Perdu, il ne peut pas être refait. Votre fiche reste modifiable d’ici.", "Once lost, it cannot be made again. Your card can still be changed from here."},
	"me_secret_noted":    {"Je l’ai noté et mis en lieu sûr.", "I have noted it and put it in a safe place."},
	"me_secret_go_on":    {"Continuer", "Go on"},
	"me_secret_unticked": {"Notez-le d’abord, puis cochez.", "Note it first, then tick."},
	"me_copy":            {"Copier", "Copy"},
	"me_copied":          {"Copié", "Copied"},
	"me_print":           {"Imprimer", "Print"},
	"me_save":            {"Enregistrer le fichier", "Save the file"},
}

// meMoveWords are those of bringing a card from elsewhere.
var meMoveWords = map[string]sentence{
	"me_move_title":       {"Apporter ma fiche", "Bring my card"},
	"me_move_lead":        {"Votre fiche est tenue par un autre collectif du réseau ? Avec son secret de récupération, elle vient ici.", "Is your card held by another collective of the network? With its recovery secret, it comes here."},
	"me_move_same":        {"Elle garde son identité, son adresse et son contenu ; elle porte désormais le nom de ce collectif.", "It keeps its identity, its address and its content; it now bears the name of this collective."},
	"me_move_former":      {"La copie de l’ancien collectif est remplacée, et il ne peut plus rien y changer.", "The copy of the former collective is replaced, and it can no longer change anything in it."},
	"me_move_wrong":       {"Rien n’a changé : regardez les champs signalés.", "Nothing has changed: see the fields marked below."},
	"me_move_taken":       {"Cette fiche a déjà sa page ici, ou cette page a déjà une fiche. Demandez au collectif un lien vers la bonne page.", "This card has its page here already, or this page has a card already. Ask the collective for a link to the right page."},
	"me_move_id":          {"Identifiant ou adresse de la fiche", "Id or address of the card"},
	"me_move_id_hint":     {"L’adresse de sa page publique convient.", "The address of its public page will do."},
	"me_move_secret":      {"Secret de récupération", "Recovery secret"},
	"me_move_secret_hint": {"Il commence par CCR1. Majuscules, espaces et tirets ne comptent pas.", "It begins with CCR1. Capitals, spaces and dashes do not matter."},
	"me_move_do":          {"Apporter ma fiche ici", "Bring my card here"},
	"me_wrong_id":         {"L’identifiant : aucune fiche n’est connue d’ici sous celui-ci.", "Id: no card is known here by it."},
	"me_wrong_secret":     {"Le secret : ce n’est pas celui de cette fiche, ou il y a une faute de frappe.", "Secret: it is not that of this card, or there is a slip."},
}

// meHistoryWords say what was done and by whom.
var meHistoryWords = map[string]sentence{
	"me_history_title":     {"Historique", "History"},
	"me_history_lead":      {"Tout ce qui a été publié de votre fiche depuis cette page, et par qui. Vous seul·e voyez cette liste.", "All that was published of your card since you have this page, and by whom. Only you see this list."},
	"me_history_none":      {"Rien pour l’instant.", "Nothing yet."},
	"me_agreed":            {"Ce que vous avez accepté", "What you agreed to"},
	"me_agreed_none":       {"Rien pour l’instant.", "Nothing yet."},
	"me_step_invited":      {"Invitation", "Invitation"},
	"me_step_published":    {"Fiche publiée", "Card published"},
	"me_step_changed":      {"Fiche modifiée", "Card changed"},
	"me_step_availability": {"Disponibilité modifiée", "Availability changed"},
	"me_step_confirmed":    {"Fiche confirmée", "Card confirmed"},
	"me_step_renewed":      {"Fiche prolongée", "Card renewed"},
	"me_step_erased":       {"Fiche effacée", "Card erased"},
	"me_step_moved_in":     {"Fiche arrivée d’un autre collectif", "Card brought from another collective"},
	"me_step_exported":     {"Clé emportée dans un fichier scellé", "Key taken along in a sealed file"},
	"me_step_secret_kept":  {"Secret de récupération mis en lieu sûr", "Recovery secret put in a safe place"},
	"me_by_member":         {"par vous", "by you"},
	"me_by_coordinator":    {"par %s, du collectif", "by %s, of the collective"},
	"me_by_command":        {"par le collectif", "by the collective"},
	"me_by_node":           {"automatiquement", "automatically"},
}

// meKeyWords are those of leaving with the card.
var meKeyWords = map[string]sentence{
	"me_key_title":        {"Clé et appareils", "Key and devices"},
	"me_key_moved":        {"Votre fiche a été emportée dans un autre collectif. La clé gardée ici ne signe plus rien.", "Your card was taken to another collective. The key kept here no longer signs anything."},
	"me_key_moved_leave":  {"Fermer cette page et effacer ce qu’il en reste ici", "Close this page and erase what is left of it here"},
	"me_devices":          {"Appareils", "Devices"},
	"me_devices_text":     {"Sessions ouvertes : %d. Clés d’accès : %d.", "Open sessions: %d. Passkeys: %d."},
	"me_devices_go":       {"Voir, ajouter une clé d’accès ou fermer", "See them, add a passkey or close them"},
	"me_recovery":         {"Secret de récupération", "Recovery secret"},
	"me_recovery_kept":    {"Vous avez noté qu’elle est en lieu sûr.", "You noted that it is in a safe place."},
	"me_recovery_open":    {"Vous n’avez pas encore dit qu’elle est en lieu sûr.", "You have not yet said that it is in a safe place."},
	"me_recovery_have":    {"Je l’ai, elle est en lieu sûr", "I have it, in a safe place"},
	"me_recovery_missing": {"Vous ne l’avez pas ? Elle ne peut pas être refaite. La clé scellée, plus bas, permet aussi de partir.", "You do not have it? It cannot be made again. The sealed key below lets you leave too."},
	"me_leave":            {"Partir avec ma fiche", "Leave with my card"},
	"me_leave_text":       {"Votre fiche vous appartient. Dans un autre collectif du réseau :", "Your card is yours. In another collective of the network:"},
	"me_leave_link":       {"Demandez-lui un lien d’invitation.", "Ask it for a link of invitation."},
	"me_leave_type":       {"Sur votre page là-bas, choisissez « Apporter ma fiche » : donnez l’identifiant ci-dessous et votre secret de récupération.", "On your page there, choose “Bring my card”: give the id below and your recovery secret."},
	"me_leave_after":      {"C’est tout. Ici, la fiche devient une copie ; revenez effacer cette page si vous le souhaitez.", "That is all. Here the card becomes a copy; come back to erase this page if you wish."},
	"me_copy_id":          {"Copier l’identifiant", "Copy the id"},
	"me_export":           {"Clé scellée", "Sealed key"},
	"me_export_text":      {"Une copie de la clé de votre fiche, fermée par une phrase de passe que vous choisissez. Pour la garder vous-même, ou pour un collectif qui la reprend à la main. Une fois emportée, le collectif ne prolonge plus seul ce que vous signez ailleurs.", "A copy of the key of your card, closed with a passphrase that you choose. To keep it yourself, or for a collective that takes it over by hand. Once taken along, the collective no longer renews by itself what you sign elsewhere."},
	"me_passphrase":       {"Phrase de passe", "Passphrase"},
	"me_again":            {"Encore une fois", "Once more"},
	"me_export_do":        {"Sceller la clé", "Seal the key"},
	"me_wrong_passphrase": {"La phrase de passe : au moins %d caractères.", "Passphrase: at least %d characters."},
	"me_wrong_again":      {"Les deux phrases de passe ne sont pas les mêmes.", "The two passphrases are not the same."},
	"me_sealed":           {"Votre clé, scellée", "Your key, sealed"},
	"me_sealed_text":      {"Gardez ce texte et la phrase de passe à deux endroits différents. Il n’est pas gardé ici.", "Keep this text and the passphrase in two different places. It is not kept here."},
	"me_sealed_label":     {"Clé scellée", "Sealed key"},
}

// meEraseWords are those of erasing everything.
var meEraseWords = map[string]sentence{
	"me_erase_title":      {"Tout effacer", "Erase everything"},
	"me_erase_lead":       {"Votre fiche disparaît, et tout ce qui est gardé de vous ici avec elle.", "Your card disappears, and with it everything that is kept of you here."},
	"me_erase_lead_moved": {"Votre fiche vit ailleurs et y reste. Ici, tout ce qui est gardé de vous disparaît.", "Your card lives elsewhere and stays there. Here, everything that is kept of you disappears."},
	"me_erase_lead_none":  {"Tout ce qui est gardé de vous ici disparaît.", "Everything that is kept of you here disappears."},
	"me_erase_everywhere": {"Chez tous les collectifs reliés, la fiche est retirée, d’ordinaire en quelques minutes. À son adresse, on lit qu’elle a été effacée (réponse 410).", "At all connected collectives the card is withdrawn, usually within minutes. At its address one reads that it was erased (answer 410)."},
	"me_erase_off":        {"Un collectif qui est éteint l’apprend dès son retour.", "A collective that is switched off learns it as soon as it is back."},
	"me_erase_copies":     {"Ce que d’autres ont recopié ailleurs, une capture ou un moteur de recherche, ne dépend pas du réseau.", "What others have copied elsewhere, a screenshot or a search engine, is not in the hands of the network."},
	"me_erase_final":      {"La clé est détruite ici : cette fiche ne peut pas revenir. Vous pourrez en écrire une autre.", "The key is destroyed here: this card cannot come back. You may write another one."},
	"me_erase_here":       {"Ici : brouillon, historique, accords, appareils, clés d’accès et liens sont supprimés tout de suite.", "Here: draft, history, agreements, devices, passkeys and links are deleted at once."},
	"me_erase_backup":     {"Dans les sauvegardes du collectif, il en reste jusqu’à ce qu’elles soient remplacées.", "In the collective’s backups some of it stays until they are replaced."},
	"me_erase_sure":       {"J’ai lu ce qui précède, et je veux tout effacer.", "I have read the above, and I want to erase everything."},
	"me_erase_unticked":   {"Cochez pour effacer. Rien n’a été effacé.", "Tick to erase. Nothing was erased."},
	"me_erase_do":         {"Tout effacer", "Erase everything"},
	"me_erased":           {"C’est effacé", "It is erased"},
	"me_erased_text":      {"Votre fiche est retirée ici, et les autres collectifs l’apprennent en ce moment. Plus rien n’est gardé de vous.", "Your card is withdrawn here, and the other collectives are learning it now. Nothing is kept of you any more."},
	"me_erased_here":      {"Plus rien n’est gardé de vous ici.", "Nothing is kept of you here any more."},
}
