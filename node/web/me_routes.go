package web

import "courtcircuit/node/access"

// routeMe registers the pages of one member's own door.
func (p *Pages) routeMe() {
	p.privateForm("/moi", access.Member, p.showMe, p.takeMe)
	p.privateForm("/moi/carte", access.Member, p.showMyCard, p.takeMyCard)
	p.privateForm("/moi/apercu", access.Member, p.leadToCard, p.showPreview)
	p.privateForm("/moi/publier", access.Member, p.showPublish, p.takePublish)
	p.privateForm("/moi/secret", access.Member, p.leadHome, p.takeSecret)
	p.privateForm("/moi/arriver", access.Member, p.showMoveIn, p.takeMoveIn)
	p.privatePage(meMissions+"{id}", access.Member, p.showMyMission)
	p.privatePage("/moi/historique", access.Member, p.showHistory)
	p.privateForm("/moi/cle", access.Member, p.showMyKey, p.takeMyKey)
	p.privateForm("/moi/effacer", access.Member, p.showErase, p.takeErase)
}

const (
	mePath      = "/moi"
	meMissions  = "/moi/missions/"
	meCardPath  = "/moi/carte"
	mePublish   = "/moi/publier"
	meMovePath  = "/moi/arriver"
	meKeyPath   = "/moi/cle"
	meErasePath = "/moi/effacer"
)
