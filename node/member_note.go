package node

import (
	"context"
	"slices"
	"time"

	"courtcircuit/node/access"
	"courtcircuit/node/card"
	"courtcircuit/node/inbox"
	"courtcircuit/protocol"
)

type actorKey struct{}

// withActor says on whose behalf what follows is done. Without it, it was
// the command line or a program that holds the token.
func withActor(ctx context.Context, who access.Person) context.Context {
	return context.WithValue(ctx, actorKey{}, who)
}

func actorOf(ctx context.Context) access.Person {
	who, _ := ctx.Value(actorKey{}).(access.Person)
	return who
}

type changeKey struct{}

// withChange gives the next change of a card another name in its history.
func withChange(ctx context.Context, what string) context.Context {
	return context.WithValue(ctx, changeKey{}, what)
}

// The roles in a history beside those of access.
const (
	roleCommand = "command"
	roleNode    = "node"
)

// stepBy is a step of a history, by whoever the context names.
func stepBy(ctx context.Context, what string, now time.Time) card.MemberStep {
	who := actorOf(ctx)
	step := card.MemberStep{At: now.UTC(), What: what, By: firstRunes(who.Name, protocol.MaxNameRunes), Role: string(who.Role)}
	if step.Role == "" {
		step.Role = roleCommand
	}
	if named, ok := ctx.Value(changeKey{}).(string); ok && what == card.StepChanged {
		step.What = named
	}
	return step
}

// noteMembers writes into the history of those who have a page of their own
// here what was done with their cards. What was published stays so: an error
// is logged.
func (n *Node) noteMembers(ctx context.Context, what string, ids ...protocol.Identity) {
	n.noteStep(stepBy(ctx, what, time.Now()), ids...)
}

// notesAtOnce bounds one durable step, and with it Badger's transaction.
const notesAtOnce = 50

func (n *Node) noteStep(step card.MemberStep, ids ...protocol.Identity) {
	var keys []inbox.ID
	for _, id := range ids {
		key, ok, err := n.entryOf(id)
		if err != nil {
			n.log.Error("history not written", "what", step.What, "error", err)
			return
		}
		if ok {
			keys = append(keys, key)
		}
	}
	shelf := n.memberShelf()
	for some := range slices.Chunk(keys, notesAtOnce) {
		err := n.inbox.Update(func(tx *inbox.Tx) error {
			for _, key := range some {
				if err := shelf.ChangeIn(tx, key, func(e *memberEntry) error { e.add(step); return nil }); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			n.log.Error("history not written", "what", step.What, "members", len(some), "error", err)
		}
	}
}

// firstRunes cuts a text that somebody else chose.
func firstRunes(s string, most int) string {
	if r := []rune(s); len(r) > most {
		return string(r[:most])
	}
	return s
}
