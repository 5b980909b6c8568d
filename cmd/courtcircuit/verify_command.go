package main

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"courtcircuit/node"
	"courtcircuit/node/httpapi/api"
	"courtcircuit/node/httpapi/client"
)

// verifyCommand checks the whole replica: of the running node by asking it,
// else of the home itself.
func (a *app) verifyCommand() *cobra.Command {
	var checkOnly bool
	cmd := a.command("verify", "help.verify", cobra.NoArgs, func(cmd *cobra.Command, _ []string) error {
		bar := a.progressBar(0, a.t("verify.checking"))
		v, err := a.verify(cmd.Context(), !checkOnly, bar.setOf)
		bar.end()
		if err != nil {
			return err
		}
		if a.json {
			err = a.printJSON(v)
		} else {
			a.printVerification(&v)
		}
		if err == nil && !v.Well {
			err = errors.New(a.t("verify.failed"))
		}
		return err
	})
	cmd.Flags().BoolVar(&checkOnly, "check-only", false, a.t("flag.check_only"))
	return cmd
}

func (a *app) verify(ctx contextType, repair bool, progress func(done, total int)) (api.Verification, error) {
	var notRunning *client.NotRunningError
	c, err := a.connect()
	if err == nil {
		var v api.Verification
		if v, err = c.VerifyReplica(ctx, repair, progress); err == nil {
			return v, nil
		}
	}
	if !errors.As(err, &notRunning) {
		return api.Verification{}, err
	}
	cfg, err := a.loadConfig(nil)
	if err != nil {
		return api.Verification{}, err
	}
	log, err := a.logger()
	if err != nil {
		return api.Verification{}, err
	}
	return node.VerifyHome(ctx, cfg, repair, progress, log)
}

func (a *app) printVerification(v *api.Verification) {
	a.field("verified_records", fmt.Sprint(v.Records))
	a.field("verified_bodies", fmt.Sprint(v.Bodies))
	if v.Lacking > 0 {
		a.field("lacking_bodies", fmt.Sprint(v.Lacking))
	}
	a.field("verified_keys", fmt.Sprint(v.Keys))
	a.field("store_format", fmt.Sprint(v.Format))
	a.field("digest", v.Digest)
	if len(v.Faults) > 0 {
		t := a.newTable("part", "key", "repaired", "fault")
		for _, f := range v.Faults {
			t.add(f.Part, clip(orDash(f.Key), 40), a.yesNo(f.Repaired), clip(a.inLanguage(f.Detail), 80))
		}
		t.print(a.out)
	}
	switch {
	case v.Found > 0:
		a.say("verify.faults", "Count", v.Found, "Repaired", v.Repaired)
	case v.Lost:
		a.say("verify.lost")
	default:
		a.say("verify.well")
	}
	if v.NextStep != "" {
		a.say("next_step", "Text", a.inLanguage(v.NextStep))
	}
}
