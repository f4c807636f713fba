package bot

import (
	"context"
	"errors"
	"fmt"
	"strconv"

	"gatehouse/internal/moderation"
)

// RaidRecords is what is known of comments that came close together and are alike. A cluster
// that is not there gives [moderation.ErrNotFound].
type RaidRecords interface {
	Raid(context.Context, moderation.ClusterID) (moderation.Raid, error)
	RaidOf(context.Context, moderation.CommentID) (moderation.Raid, error)
	// Raids returns those of some sites (nil: of all) of which something waits, at most
	// limit, the largest first.
	Raids(ctx context.Context, sites []moderation.SiteID, limit int) ([]moderation.Raid, error)
	// Different returns what waits of a cluster and does not say what its first says, at
	// most limit, and how many there are.
	Different(ctx context.Context, id moderation.ClusterID, limit int) ([]moderation.Mate, int, error)
	// IsStoodFor reports whether another card of its cluster stands in a spot for an
	// open case, too.
	IsStoodFor(context.Context, moderation.CaseID, moderation.Spot) (bool, error)
	ClusterOrder(context.Context, moderation.ClusterOrderID) (moderation.ClusterOrder, error)
}

// RaidDesk carries out what people order about whole clusters.
type RaidDesk interface {
	DecideCluster(context.Context, moderation.ClusterOrder) (moderation.ClusterOutcome, error)
	UndoCluster(context.Context, moderation.ClusterUndo) (moderation.ClusterUndone, error)
	LeaveCluster(context.Context, moderation.CommentID) error
}

// raidMark begins what is said of clusters.
const raidMark = "👥"

// drawCluster writes on a card with what its comment came together.
func drawCluster(s *sheet, v moderation.CaseView) {
	if v.Cluster == nil {
		return
	}
	s.own(raidMark, " ", v.Cluster.String())
	isOpen := v.Case.State == moderation.CaseOpen
	if isOpen && v.Cluster.Waiting > 0 {
		s.own(" · ", count(v.Cluster.Waiting, "waits", "wait"))
	}
	if isOpen && v.Cluster.Published > 0 {
		s.own(" · ", strconv.Itoa(v.Cluster.Published), " published")
	}
	s.own("\n")
}

// clusterButtons are what a card has below the usual buttons where one look can do for
// all that came together; nil: nothing.
func clusterButtons(v moderation.CaseView) keyboard {
	if v.Cluster == nil || v.Cluster.Waiting < 2 {
		return nil
	}
	return keyboard{
		{labelled(fmt.Sprintf("🗑 Reject all %d", v.Cluster.Waiting), verbRaid, v, 0)},
		{key(verbDiffer, v, 0)},
	}
}

// withdrawStoodFor takes the card of an open case away from a spot in which the card
// of its cluster stands, and reports whether there was that to do. It is the card of a
// comment that came before anybody knew that it was one of a raid.
func (b *Bot) withdrawStoodFor(ctx context.Context, c moderation.Card, v moderation.CaseView) (bool, error) {
	if v.Case.State != moderation.CaseOpen || v.Cluster == nil || c.Version == unknown {
		return false, nil
	}
	is, err := b.raids.IsStoodFor(ctx, v.Case.ID, c.Spot())
	if err == nil && is {
		is = b.retire(ctx, c)
	}
	return is, err
}

// raid is the command that tells of the cluster of a comment, and asks what to do.
func (b *Bot) raid(ctx context.Context, r request) error {
	id, ok, err := b.asked(ctx, r)
	if err != nil || !ok {
		return err
	}
	raid, err := b.raids.RaidOf(ctx, id)
	if errors.Is(err, moderation.ErrNotFound) {
		return b.replyText(ctx, r, "#"+id.String()+" is no part of a raid: nothing like it came close to it.")
	}
	if err != nil {
		return err
	}
	s, k := raidSheet(raid, false)
	if !r.person.Role.Allows(decides) {
		k = nil
	}
	return b.replyOnce(ctx, r, s, k)
}

// replyOnce answers a command with buttons; see [Bot.replySheet].
func (b *Bot) replyOnce(ctx context.Context, r request, s *sheet, k keyboard) error {
	err := b.replyWith(ctx, r.place(), s, k)
	if err == nil || isTransient(err) || ctx.Err() != nil {
		return err
	}
	b.log.Warn("command not answered", "command", r.name, "err", err)
	return nil
}

// listedRaids is how many raids /raids tells; each has a button.
const listedRaids = 10

// listRaids is the command that lists raids of which something waits.
func (b *Bot) listRaids(ctx context.Context, r request) error {
	raids, err := b.raids.Raids(ctx, r.sites, listedRaids)
	if err != nil {
		return err
	}
	s, k := b.sheet(), keyboard{}
	if len(raids) == 0 {
		return b.replyText(ctx, r, "No raid waits: nothing that waits came together and is alike.")
	}
	s.bold(count(len(raids), "raid waits", "raids wait"))
	for i, raid := range raids {
		item := (&sheet{entities: s.entities}).own("\n\n", strconv.Itoa(i+1), ". ", oneLine(raid.Site.Name, maxName), ": ")
		drawRaid(item, raid)
		item.own("\n")
		drawMate(item, raid.First)
		if s.units+item.units > maxText-listReserve {
			s.own(fmt.Sprintf("\n\nand %d more.", len(raids)-i))
			break
		}
		item.entities -= s.entities
		s.append(item)
		if raid.First.Case.ID != 0 {
			k = append(k, row(labelled(fmt.Sprintf("%d. Reject all %d …", i+1, raid.Waiting), verbRaid, mateView(raid.First), 0)))
		}
	}
	if !r.person.Role.Allows(decides) {
		k = nil
	}
	return b.replyOnce(ctx, r, s, k)
}

// drawRaid writes how many comments there are of a raid, by how many, and how different
// they are.
func drawRaid(s *sheet, raid moderation.Raid) {
	verb, of := "wait", fmt.Sprintf("%d of %d", raid.Waiting, raid.Comments)
	switch raid.Waiting {
	case 1:
		verb = "waits"
	case raid.Comments:
		of = fmt.Sprintf("All %d", raid.Comments)
	}
	s.own(of, " that ", raid.Kind.Common(), " ", verb)
	if raid.Names > 0 {
		s.own(", by ", count(raid.Names, "name", "names"))
	}
	s.own(", since ", raid.Began())
	switch {
	case raid.Texts >= moderation.MaxRaidTexts:
		s.own(fmt.Sprintf(" · %d different texts or more", raid.Texts))
	case raid.Texts > 1:
		s.own(fmt.Sprintf(" · %d different texts", raid.Texts))
	}
	if raid.Known > 0 {
		s.own(" · ⚠️ ", strconv.Itoa(raid.Known), " by authors with approved comments elsewhere here")
	}
}

// raidText is how much of a comment a raid's list shows, in UTF-16 units.
const raidText = 200

// drawMate writes who wrote a comment and how it begins.
func drawMate(s *sheet, m moderation.Mate) {
	drawAuthor(s, moderation.Author{Name: m.Author})
	s.own(": ")
	if words := oneLine(m.Text, raidText); words != "" {
		s.passage(words)
	} else {
		s.own("(nothing that can be seen)")
	}
}

// mateView is as much of the view of a comment's case as its buttons need.
func mateView(m moderation.Mate) moderation.CaseView { return moderation.CaseView{Case: m.Case} }

// likeness writes how much a text is like another one.
func likeness(alike float64) string { return percent(alike) + " alike" }
