package httpapi

import (
	"crypto/sha256"
	"crypto/subtle"
	"net/http"
	"strings"

	"courtcircuit/node/httpapi/api"
)

// bearer is the name of the security scheme in the OpenAPI document.
const bearer = "token"

func sumToken(token string) [32]byte { return sha256.Sum256([]byte(token)) }

// holdsToken compares hashes, so that neither length nor content of the
// token shows in the time it takes.
func (a *API) holdsToken(authorization string) bool {
	if a.public {
		return false // the token is for this machine: elsewhere it opens nothing, so that it is not worth sending
	}
	scheme, token, ok := strings.Cut(authorization, " ")
	if !ok || !strings.EqualFold(scheme, "Bearer") {
		return false
	}
	sum := sumToken(token)
	return subtle.ConstantTimeCompare(sum[:], a.tokenSum[:]) == 1
}

func tokenProblem() *api.Problem {
	p := api.NewProblem(http.StatusUnauthorized, "this needs the token of the node")
	p.Field, p.Expected = "Authorization", "Bearer and the content of the file api-token in the node's home"
	return p
}
