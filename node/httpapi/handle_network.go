package httpapi

import (
	"context"
	"net/http"

	"courtcircuit/node/httpapi/api"
)

type peerInput struct {
	Body struct {
		Multiaddr string `json:"multiaddr" minLength:"1" maxLength:"512" doc:"ends in /p2p/PEER_ID"`
	} `nameHint:"AddPeer"`
}

type bootstrapInput struct {
	Body api.BootstrapPeer
}

type joinInput struct {
	Body struct {
		Line string `json:"line" minLength:"1" maxLength:"4096" doc:"what another node's invitation says"`
	} `nameHint:"JoinByInvite"`
}

type bootstrapPath struct {
	PeerID string `path:"peer_id" minLength:"1" maxLength:"128" pattern:"^[1-9A-Za-z]+$" patternDescription:"a peer id"`
}

func (a *API) registerNetwork() {
	register(a, route{id: "list-peers", method: http.MethodGet, path: prefix + "/peers", access: local,
		summary: "Other nodes that this one knows"},
		func(ctx context.Context, _ *none) (*answer[list[api.Peer]], error) {
			peers, err := a.backend.Peers(ctx)
			for i := range peers {
				peers[i] = fullPeer(peers[i])
			}
			return listOf(peers), err
		})
	register(a, route{id: "add-peer", method: http.MethodPost, path: prefix + "/peers", access: private,
		summary: "Connect to another node and remember it"},
		func(ctx context.Context, in *peerInput) (*answer[api.Peer], error) {
			peer, err := a.backend.AddPeer(ctx, in.Body.Multiaddr)
			return &answer[api.Peer]{Body: fullPeer(peer)}, err
		})
	register(a, route{id: "get-bootstrap", method: http.MethodGet, path: prefix + "/bootstrap", access: local,
		summary: "The peers to start from, in the form of bootstrap.json"},
		func(ctx context.Context, _ *none) (*answer[api.Bootstrap], error) {
			return bootstrapAnswer(a.backend.Bootstrap(ctx))
		})
	register(a, route{id: "add-bootstrap", method: http.MethodPost, path: prefix + "/bootstrap", access: private,
		summary: "Add a peer to start from"},
		func(ctx context.Context, in *bootstrapInput) (*answer[api.Bootstrap], error) {
			return bootstrapAnswer(a.backend.AddBootstrap(ctx, in.Body))
		})
	register(a, route{id: "remove-bootstrap", method: http.MethodDelete, path: prefix + "/bootstrap/{peer_id}", access: private,
		summary: "Take a peer off the list"},
		func(ctx context.Context, in *bootstrapPath) (*answer[api.Bootstrap], error) {
			return bootstrapAnswer(a.backend.RemoveBootstrap(ctx, in.PeerID))
		})
	register(a, route{id: "get-invite", method: http.MethodGet, path: prefix + "/invites", access: local,
		summary: "One line by which another node joins this one"},
		func(ctx context.Context, _ *none) (*answer[api.Invite], error) {
			invite, err := a.backend.Invite(ctx)
			if invite.Addresses == nil {
				invite.Addresses = []string{}
			}
			return &answer[api.Invite]{Body: invite}, err
		})
	register(a, route{id: "join", method: http.MethodPost, path: prefix + "/invites", access: private,
		summary: "Take another node's line: it joins the list to start from and is dialled"},
		func(ctx context.Context, in *joinInput) (*answer[api.Joined], error) {
			joined, err := a.backend.Join(ctx, in.Body.Line)
			return &answer[api.Joined]{Body: joined}, err
		})
}

func bootstrapAnswer(b api.Bootstrap, err error) (*answer[api.Bootstrap], error) {
	if b.Peers == nil {
		b.Peers = []api.BootstrapPeer{}
	}
	return &answer[api.Bootstrap]{Body: b}, err
}

// fullPeer never answers null where a list was promised.
func fullPeer(p api.Peer) api.Peer {
	if p.Addresses == nil {
		p.Addresses = []string{}
	}
	return p
}
