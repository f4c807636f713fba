package bot

import "gatehouse/internal/moderation"

// drawCluster writes on a card with what its comment came together.
func drawCluster(s *sheet, v moderation.CaseView) {
	if v.Cluster != nil {
		s.own("👥 ", v.Cluster.String(), "\n")
	}
}

// clusterButtons are what a card has below the usual buttons where one look can do for
// all that came together; nil: nothing.
func clusterButtons(moderation.CaseView) keyboard { return nil }
