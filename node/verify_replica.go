package node

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"

	"courtcircuit/node/card"
	"courtcircuit/node/httpapi/api"
	"courtcircuit/store"
)

// VerifyReplica checks the whole replica, and with repair sets right what can
// be. What was let go, and bodies that are lost, are asked from peers at once.
func (n *Node) VerifyReplica(ctx context.Context, repair bool, progress func(done, total int)) (api.Verification, error) {
	found, err := n.store.Verify(ctx, n.now(), repair, progress)
	if err != nil {
		return api.Verification{}, err
	}
	if found.Repaired > 0 {
		n.log.Warn("replica repaired", "faults", found.Found, "repaired", found.Repaired)
		if !n.cfg.offline {
			if err := n.recallMissing(); err != nil {
				return api.Verification{}, err
			}
			n.syncs.wantAny()
		}
	}
	return verificationView(&found, n.caughtUpSince.Load() > 0), nil
}

// repairDamaged sets right what can be in a replica that was found damaged, at
// this start or before. Catch-up compares what stands in the order of records:
// one that stands there and cannot be read would never be fetched.
func (n *Node) repairDamaged(ctx context.Context) error {
	if !n.store.Damaged() {
		return nil
	}
	n.log.Warn("the replica was found damaged; verifying it")
	found, err := n.VerifyReplica(ctx, true, nil)
	if err != nil {
		if ctx.Err() == nil {
			n.log.Error("the damaged replica could not be verified; the next start tries again", "error", err)
		}
		return nil
	}
	n.log.Info("the damaged replica is verified", "faults", found.Found, "repaired", found.Repaired)
	n.syncs.wantAny()
	return nil
}

// verificationView says in one word whether all is well: lost records are
// made up for once a catch-up has completed since.
func verificationView(found *store.Verification, caughtUp bool) api.Verification {
	v := api.Verification{
		Digest: hex.EncodeToString(found.Digest[:]), Format: found.Format, Records: found.Records, Bodies: found.Bodies, Lacking: found.Lacking, Keys: found.Keys,
		Found: found.Found, Repaired: found.Repaired, Lost: found.Lost && !caughtUp, Faults: []api.Fault{},
	}
	for _, f := range append(found.Remaining, found.Faults...) {
		v.Faults = append(v.Faults, api.Fault{Part: f.Part, Key: f.Key, Detail: f.Detail, Repaired: f.Repaired})
	}
	v.Well = v.Found == v.Repaired && !v.Lost
	switch {
	case v.Found > v.Repaired && len(found.Remaining) > 0:
		v.NextStep = "stop the node, make a backup of the home, and run verify again; if it stays, restore the last backup"
	case v.Found > v.Repaired:
		v.NextStep = "run courtcircuit verify without --check-only: it sets right what can be"
	case v.Lost:
		v.NextStep = "start the node: it fetches from its peers what is missing; what no peer has comes back from a backup only"
	case v.Repaired > 0:
		v.NextStep = "check the disk; what was let go is fetched again from peers, as soon as the node runs"
	}
	return v
}

// VerifyHome does the same for a home whose node does not run. It takes the
// home's lock meanwhile.
func VerifyHome(ctx context.Context, cfg Config, repair bool, progress func(done, total int), log *slog.Logger) (done api.Verification, err error) {
	if err := wantHome(cfg.Home); err != nil {
		return done, err
	}
	if err := ownerFault(cfg.Home); err != nil {
		return done, &card.Problem{Cause: card.Forbidden, Field: "home", Detail: err.Error(), Expected: "the home's owner: what another user writes there, the node could not read any more"}
	}
	cfg.offline = true
	n, err := New(cfg, log)
	if errors.Is(err, store.ErrLocked) {
		return done, &card.Problem{
			Cause: card.Conflict, Field: "home", Expected: "a node that answers, or none that runs",
			Detail: fmt.Sprintf("%v, which does not answer here; stop it first", err),
		}
	}
	if err != nil {
		return done, err
	}
	done, err = n.VerifyReplica(ctx, repair, progress)
	return done, errors.Join(err, n.Close())
}

// wantHome refuses a folder that is no home, where New would make one.
func wantHome(dir string) error {
	_, err := os.Stat(filepath.Join(dir, "VERSION"))
	if errors.Is(err, fs.ErrNotExist) {
		return &card.Problem{
			Cause: card.NotFound, Field: "home", Expected: "the folder of a node, see --home",
			Detail: fmt.Sprintf("there is no node in %s", dir),
		}
	}
	if err != nil {
		return fmt.Errorf("read home: %w", err)
	}
	return nil
}
