package node

import (
	"strings"

	"courtcircuit/node/card"
)

// The legal steps of a mission. Attributed and closed have no way back to
// open: applicants were told, and a mission that is needed again is a new
// one with its own id. A step to the state that it is in already is no error
// and changes nothing, so that a command may be repeated. An expired mission
// is an open one whose last day has passed: a later apply_by opens it again.
const (
	statusDraft      = "draft"
	statusOpen       = "open"
	statusAttributed = "attributed"
	statusClosed     = "closed"
)

var missionSteps = map[string][]string{
	statusDraft:      {statusOpen},
	statusOpen:       {statusAttributed, statusClosed},
	statusExpired:    {statusAttributed, statusClosed},
	statusAttributed: {statusClosed},
	statusClosed:     nil,
}

var stepWords = map[string]string{statusOpen: "publish", statusAttributed: "attribute", statusClosed: "close"}

// checkStep says whether a mission may go from one status to another: (false,
// nil) when it is there already.
func checkStep(from, to string) (needed bool, err error) {
	if from == to {
		return false, nil
	}
	var possible []string
	for _, next := range missionSteps[from] {
		if next == to {
			return true, nil
		}
		possible = append(possible, stepWords[next])
	}
	expected := "nothing: this is its last state"
	if len(possible) > 0 {
		expected = strings.Join(possible, " or ")
	}
	if from == statusExpired && to == statusOpen {
		expected = "a later apply_by, or " + expected
	}
	return false, &card.Problem{
		Cause: card.Conflict, Field: "status", Expected: expected,
		Detail: "the mission is " + from + ", so " + stepWords[to] + " is not possible",
	}
}
