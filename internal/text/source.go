package text

import "strings"

// IsSource reports whether a host, as [Host] gives it, is one that people name as
// their source: a newspaper, news agency or broadcaster that many know, an
// encyclopedia, an archive, fact checkers, petitions, a government, parliament,
// university or court. What anybody can write there is not told apart.
func IsSource(host string) bool {
	domain := Domain(host)
	switch domain {
	case "bbc.co.uk", "bbc.com", "reuters.com", "apnews.com", "afp.com", "theguardian.com", "nytimes.com", "washingtonpost.com", "wsj.com",
		"ft.com", "economist.com", "bloomberg.com", "politico.com", "politico.eu", "npr.org", "pbs.org", "cnn.com", "nbcnews.com", "cbsnews.com",
		"abcnews.com", "go.com", "foxnews.com", "usatoday.com", "latimes.com", "theatlantic.com", "newyorker.com", "time.com", "propublica.org",
		"aljazeera.com", "independent.co.uk", "telegraph.co.uk", "thetimes.com", "thetimes.co.uk", "sky.com", "channel4.com", "itv.com",
		"irishtimes.com", "rte.ie", "cbc.ca", "theglobeandmail.com", "abc.net.au", "smh.com.au", "euronews.com", "rferl.org",
		"dw.com", "spiegel.de", "zeit.de", "faz.net", "sueddeutsche.de", "taz.de", "tagesschau.de", "zdf.de", "ard.de", "welt.de",
		"tagesspiegel.de", "deutschlandfunk.de", "correctiv.org", "dpa.com", "orf.at", "derstandard.at", "nzz.ch", "srf.ch", "rts.ch",
		"lemonde.fr", "lefigaro.fr", "liberation.fr", "francetvinfo.fr", "mediapart.fr", "elpais.com", "elmundo.es", "rtve.es", "repubblica.it",
		"corriere.it", "ansa.it", "rai.it", "publico.pt", "folha.com.br", "nos.nl", "nrc.nl", "volkskrant.nl", "vrt.be", "standaard.be", "svt.se",
		"dn.se", "nrk.no", "dr.dk", "yle.fi", "wyborcza.pl", "onet.pl", "tvn24.pl", "rp.pl", "irozhlas.cz", "meduza.io", "pravda.com.ua",
		"kyivindependent.com", "ukrinform.net", "haaretz.com", "thehindu.com", "nhk.or.jp", "japantimes.co.jp", "scmp.com",
		"wikipedia.org", "wikimedia.org", "britannica.com", "archive.org", "snopes.com", "politifact.com", "factcheck.org", "fullfact.org",
		"ourworldindata.org", "statista.com", "nature.com", "science.org", "doi.org", "arxiv.org", "change.org", "europa.eu", "un.org", "who.int",
		"oecd.org", "worldbank.org", "imf.org", "parliament.uk", "nhs.uk", "bundestag.de", "bund.de", "destatis.de", "canada.ca", "admin.ch":
		return true
	}
	return isOfState(domain)
}

// isOfState reports whether a domain ends in a name that only a state's own bodies,
// its forces or universities are given: example.gov, example.gov.uk.
func isOfState(domain string) bool {
	parts := strings.Split(domain, ".")
	last := len(parts) - 1
	if last < 1 {
		return false
	}
	if of := parts[last]; of == "gov" || of == "edu" || of == "mil" {
		return true
	}
	switch parts[last-1] {
	case "gov", "gouv", "gob", "govt", "edu", "ac", "mil":
		return len(parts[last]) == 2 && last > 1
	}
	return false
}
