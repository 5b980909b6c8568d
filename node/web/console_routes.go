package web

import "courtcircuit/node/access"

// routeConsole registers the pages of this door. What cannot be taken back is
// asked on a page of its own (asks); what can be is done by its button.
func (p *Pages) routeConsole() {
	page := func(path string, show privateShow) { p.privatePage(consolePath+path, access.Coordinator, show) }
	form := func(path string, show, write privateShow) {
		p.privateForm(consolePath+path, access.Coordinator, show, write)
	}
	page("{$}", p.showConsole)
	form("premiere-fois", p.showFirstRun, p.setUp)

	page("briefs", p.showBriefs)
	form("briefs/{id}", p.showBrief, p.proposeBrief)
	p.asks(consolePath+"briefs/{id}/decliner", p.askDecline, p.declineBrief)
	p.asks(consolePath+"briefs/{id}/supprimer", p.askDeleteBrief, p.deleteBrief)

	page("missions", p.showOwnMissions)
	form("missions/nouvelle", p.showNewMission, p.newMission)
	form("missions/{id}", p.showOwnMission, p.saveMission)
	p.routeMissionSteps()

	form("membres", p.showMembers, p.inviteMember)
	p.asks(consolePath+"membres/{id}/lien", p.askMemberLink, p.linkMember)
	p.asks(consolePath+"membres/{id}/sorties", p.askEndMember, p.endMember)
	p.asks(consolePath+"membres/{id}/retirer", p.askRemoveMember, p.removeMember)
	p.asks(consolePath+"membres/{id}/effacer", p.askRemoveCard, p.removeCard)

	form("realisations", p.showWorks, p.addWork)
	form("realisations/{id}", p.showWork, p.saveWork)
	p.asks(consolePath+"realisations/{id}/supprimer", p.askDeleteWork, p.deleteWork)

	page("moderation", p.showModeration)
	p.asks(consolePath+"moderation/masquer/{kind}/{id}", p.askHide, p.hideCard)
	p.asks(consolePath+"moderation/montrer/{kind}/{id}", p.askUnhide, p.unhideCard)
	p.asks(consolePath+"moderation/classer/{id}", p.askDismiss, p.dismissReport)

	form("reseau", p.showConsoleNetwork, p.addPeer)
	form("sauvegarde", p.showBackup, p.makeBackup)

	page("reglages", p.showSettings)
	form("reglages/collectif", p.showOwnCollective, p.saveOwnCollective)
	p.routeSettings()

	form("acces", p.showAccess, p.inviteCoordinator)
	p.asks(consolePath+"acces/{id}/lien", p.askCoordinator("coordinator_link", true), p.linkCoordinator)
	p.asks(consolePath+"acces/{id}/nom", p.askName, p.nameCoordinator)
	p.asks(consolePath+"acces/{id}/retirer", p.askCoordinator("coordinator_remove", false), p.removeCoordinator)
	p.asks(consolePath+"sessions/{key}", p.askEndSession, p.endSession)

	page("journal", p.showJournal)
}
