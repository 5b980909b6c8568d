package node

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"courtcircuit/node/card"
	"courtcircuit/node/httpapi/api"
	"courtcircuit/protocol"
)

// The states of a check.
const (
	checkOK      = "ok"
	checkWarning = "warning"
	checkFailed  = "failed"
)

// Status is the node's health as its coordinator reads it: each thing that
// was looked at, and what to do about it.
func (n *Node) Status(ctx context.Context) (api.Status, error) {
	info, err := n.Info(ctx)
	if err != nil {
		return api.Status{}, err
	}
	now := time.Now()
	stats := n.store.Stats()
	s := api.Status{Info: info, DiskFree: stats.FreeBytes, DiskUsed: n.diskUsed(now), LastBackup: n.lastBackup(), Ready: n.CheckReady() == nil, Limits: n.limitStates()}
	s.Checks = []api.Check{
		n.checkCollective(now), n.checkPeers(info), n.checkReach(), n.checkCatchUp(), n.clocks.check(), n.checkDisk(s), n.checkBackup(s.LastBackup, now), n.checkConfirmed(now),
		n.checkKeys(), n.checkFormat(), checkLimits(),
	}
	if n.public != nil {
		s.Checks = append(s.Checks, n.checkPublic())
	}
	if stats.Damaged {
		s.Checks = append(s.Checks, checkDamaged())
	}
	return s, nil
}

func checkDamaged() api.Check {
	return api.Check{
		Name: "replica", State: checkWarning, Detail: "records were lost from the replica's files; they are fetched again from peers",
		NextStep: "check the disk; what is missing is fetched again from peers",
	}
}

// checkKeys is about the files that no peer could bring back.
func (n *Node) checkKeys() api.Check {
	warnings := n.keys.Warnings()
	if len(warnings) > 0 {
		return warned("keys", "see to the files named, and make a backup", "%s", strings.Join(warnings, "; "))
	}
	if _, ok := n.keys.Collective(); !ok {
		return well("keys", "the collective has none yet")
	}
	return well("keys", "the collective's; those of members: %d", len(n.keys.Members()))
}

func (n *Node) checkFormat() api.Check {
	return well("format", "the replica is of format %d", n.store.Stats().Format)
}

func (n *Node) checkCollective(now time.Time) api.Check {
	c := api.Check{Name: "collective", State: checkOK}
	_, _, body, err := n.collective(now)
	switch {
	case err == nil:
		c.Detail = body.Name + ", " + body.Place.Name
	case isProblem(err, card.Conflict):
		c.State, c.Detail, c.NextStep = checkWarning, "it has no name and place, so nothing of it is published", "name it: courtcircuit collective edit --name … --place …"
	default:
		c.State, c.Detail = checkFailed, err.Error()
	}
	return c
}

func (n *Node) checkPeers(info api.Info) api.Check {
	c := api.Check{Name: "peers", State: checkOK, Detail: fmt.Sprintf("%d connected", info.Peers)}
	if info.Peers == 0 {
		c.State, c.NextStep = checkWarning, "add one with courtcircuit peer add; until then the collective works alone"
	}
	return c
}

func (n *Node) checkCatchUp() api.Check {
	c := api.Check{Name: "catch-up", State: checkOK}
	if err := n.checkEditable(); err != nil {
		c.State, c.Detail, c.NextStep = checkFailed, err.Error(), "connect to a peer"
		return c
	}
	if last := n.lastCatchUp(); !last.IsZero() {
		c.Detail = fmt.Sprintf("last completed %s", last.UTC().Format(time.RFC3339))
	}
	if !n.caughtUp() {
		c.State, c.NextStep = checkWarning, "connect to a peer: nothing is renewed before a catch-up has completed"
	}
	return c
}

func (n *Node) checkDisk(s api.Status) api.Check {
	c := api.Check{Name: "disk", State: checkOK, Detail: fmt.Sprintf("%d MiB free", s.DiskFree>>20)}
	least := n.cfg.MinFreeBytes
	switch {
	case least <= 0 || s.DiskFree <= 0:
		c.Detail = "not watched"
	case s.DiskFree < least:
		c.State, c.NextStep = checkFailed, fmt.Sprintf("make room: under %d MiB nothing is stored", least>>20)
	case s.DiskFree < 2*least:
		c.State, c.NextStep = checkWarning, fmt.Sprintf("make room soon: under %d MiB nothing is stored", least>>20)
	}
	return c
}

func (n *Node) checkBackup(last *api.Backup, now time.Time) api.Check {
	c := api.Check{Name: "backup", State: checkOK}
	switch {
	case last == nil && n.settings().Backup.Dir == "":
		c.State, c.Detail, c.NextStep = checkWarning, "none was made, and no folder is configured", "set backup.dir, or run courtcircuit backup FILE: keys cannot be fetched from peers"
	case last == nil:
		c.State, c.Detail, c.NextStep = checkWarning, "none was made yet", "run courtcircuit backup"
	default:
		age := now.Sub(last.CreatedAt)
		c.Detail = fmt.Sprintf("%s old: %s", roughly(age), last.Path)
		if age > 2*max(n.cfg.Backup.Every, 24*time.Hour) {
			c.State, c.NextStep = checkWarning, "run courtcircuit backup and look at the log for why the daily one failed"
		}
	}
	return c
}

// maxCheckedMembers bounds the work of one look at the status.
const maxCheckedMembers = 2000

// checkConfirmed counts the people who should confirm their card soon: what
// nobody confirms for RenewalWindow runs out.
func (n *Node) checkConfirmed(now time.Time) api.Check {
	c := api.Check{Name: "members", State: checkOK}
	members, stale := n.keys.Members(), 0
	for _, id := range members[:min(len(members), maxCheckedMembers)] {
		_, body, err := n.recordOf(protocol.KindProfile, id, now)
		if err == nil && now.Sub(time.UnixMilli(body.(*protocol.Profile).ConfirmedAtMillis)) > protocol.RenewalWindow-30*24*time.Hour {
			stale++
		}
	}
	c.Detail = counted(len(members), "1 key here", "%d keys here")
	if stale > 0 {
		c.State, c.Detail = checkWarning, fmt.Sprintf("cards that were not confirmed for 150 days: %d of %d", stale, len(members))
		c.NextStep = "ask these people whether their card still holds; unconfirmed cards run out"
	}
	return c
}

const metaLastBackup = "backup/last" // JSON of api.Backup

func (n *Node) lastBackup() *api.Backup {
	raw, err := n.store.Meta(metaLastBackup)
	if err != nil || len(raw) == 0 {
		return nil
	}
	var b api.Backup
	if json.Unmarshal(raw, &b) != nil {
		return nil
	}
	return &b
}
