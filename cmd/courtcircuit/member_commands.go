package main

import (
	"fmt"
	"strings"
	"time"

	qrcode "github.com/skip2/go-qrcode"
	"github.com/spf13/cobra"

	"courtcircuit/node/card"
	"courtcircuit/node/httpapi/client"
)

func (a *app) memberCommand() *cobra.Command {
	return a.group("member", "help.member", a.memberListCommand(), a.memberInviteCommand(), a.memberLinkCommand(), a.memberRemoveCommand())
}

func (a *app) memberListCommand() *cobra.Command {
	return a.command("list", "help.member_list", cobra.NoArgs, a.onNode(func(ctx contextType, c *client.Client, _ []string) error {
		members, err := c.Members(ctx)
		if err != nil {
			return err
		}
		if a.json {
			return a.printJSON(map[string]any{"results": orEmpty(members)})
		}
		if len(members) == 0 {
			a.say("member.none")
			return nil
		}
		t := a.newTable("id", "name", "status", "profile", "link_until", "seen")
		for _, m := range members {
			t.add(orDash(shortID(m.ID)), clip(m.Name, 30), a.t("member_state."+m.State), orDash(shortID(m.Profile)), orDay(m.LinkExpiresAt), orDay(m.SeenAt))
		}
		t.print(a.out)
		return nil
	}))
}

func orDay(t *time.Time) string {
	if t == nil {
		return orDash("")
	}
	return t.Local().Format(time.DateOnly)
}

func (a *app) memberInviteCommand() *cobra.Command {
	return a.command("invite NAME", "help.member_invite", cobra.ExactArgs(1), a.onNode(func(ctx contextType, c *client.Client, args []string) error {
		link, err := c.InviteMember(ctx, args[0])
		if err != nil {
			return err
		}
		return a.printLink(link)
	}))
}

func (a *app) memberLinkCommand() *cobra.Command {
	return a.command("link ID", "help.member_link", cobra.ExactArgs(1), a.onNode(func(ctx contextType, c *client.Client, args []string) error {
		m, err := pickMember(ctx, c, args[0], func(m card.Member) []string { return []string{m.ID, m.Profile} })
		if err != nil {
			return err
		}
		id := m.ID
		if id == "" {
			id = m.Profile // its first link makes the entry
		}
		link, err := c.LinkMember(ctx, id)
		if err != nil {
			return err
		}
		return a.printLink(link)
	}))
}

// pickMember finds the one member of whom an id begins as it was typed.
func pickMember(ctx contextType, c *client.Client, typed string, ids func(card.Member) []string) (card.Member, error) {
	members, err := c.Members(ctx)
	if err != nil {
		return card.Member{}, err
	}
	type known struct {
		id     string
		member card.Member
	}
	var all []known
	for _, m := range members {
		for _, id := range ids(m) {
			all = append(all, known{id, m})
		}
	}
	k, err := pickByPrefix(all, typed, func(k known) card.Candidate { return card.Candidate{ID: k.id, Name: k.member.Name} })
	return k.member, err
}

// printLink shows the link, and on a terminal what a phone's camera reads.
func (a *app) printLink(link card.MemberLink) error {
	if a.json {
		return a.printJSON(link)
	}
	a.say("member.link", "Name", link.Member.Name, "Until", link.ExpiresAt.Local().Format(time.DateTime))
	fmt.Fprintln(a.out, link.URL)
	if onTerminal(a.out) {
		code, err := qrcode.New(link.URL, qrcode.Medium)
		if err != nil {
			return fmt.Errorf("draw the link: %w", err)
		}
		fmt.Fprint(a.out, "\n"+code.ToSmallString(false))
	}
	a.note("member.link_once")
	if strings.HasPrefix(link.URL, "http:") {
		a.note("member.link_local")
	}
	return nil
}

func (a *app) memberRemoveCommand() *cobra.Command {
	return a.command("remove ID", "help.member_remove", cobra.ExactArgs(1), a.onNode(func(ctx contextType, c *client.Client, args []string) error {
		m, err := pickMember(ctx, c, args[0], func(m card.Member) []string { return []string{m.ID} })
		if err != nil {
			return err
		}
		if err := c.RemoveMember(ctx, m.ID); err != nil {
			return err
		}
		if a.json {
			return a.printJSON(map[string]any{"removed": m.ID})
		}
		a.say("member.removed", "Name", m.Name)
		if m.State == card.MemberPublished {
			a.note("member.card_stays", "Short", shortID(m.Profile))
		}
		return nil
	}))
}
