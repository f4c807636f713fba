package text

import "testing"

// counts is a table test of a function that counts in normal forms.
func counts(t *testing.T, count func(string) int, want map[string]int) {
	t.Helper()
	for s, n := range want {
		if got := count(Normal(s)); got != n {
			t.Errorf("%q: %d, want %d", s, got, n)
		}
	}
}

func TestEmails(t *testing.T) {
	counts(t, Emails, map[string]int{
		"write to bob@example.com":             1,
		"Bob.Jones+news@mail.example.co.uk!":   1,
		"a@b.de, c@d.fr":                       2,
		"<a@example.com>.":                     1,
		"ｂｏｂ＠example.com":                      1,
		"b\u200bob@example.com":                1,
		"@bob is wrong":                        0,
		"meet me @ home.":                      0,
		"bob@home":                             0,
		"bob@example.invalid":                  0,
		"bob@com":                              0,
		"a.@example.com":                       0,
		"https://medium.com/@bob.com/x":        0,
		"bob@example..com":                     0,
		"so@so.so@example.com":                 2,
		"user@192.0.2.1":                       0,
		"@@@@":                                 0,
		"":                                     0,
		"a@example.com" + "\n" + "a@b.example": 1,
	})
}

func TestPhones(t *testing.T) {
	counts(t, Phones, map[string]int{
		"+49 30 1234567":                      1,
		"+1 (555) 234-5678 or +7 912 3456789": 2,
		"(+44) 20 7946 0958":                  1,
		"555-234-5678":                        1,
		"(555) 234-5678.":                     1,
		"1-555-234-5678":                      1,
		"“555.234.5678”":                      1,
		"020 7946 0958":                       1,
		"030/1234567":                         1,
		"0171 1234567":                        1,
		"01712345678":                         1,
		"0049 30 1234567":                     1,
		"8 (912) 345-67-89":                   1,
		"89123456789":                         1,
		"тел.: 234-56-78":                     1,
		"call 2345678 now":                    1,
		"２０１７ ＋４９ ３０ １２３４５６７":                 1,
		"in 2019, 2020 and 2021":              0,
		"1939-1945":                           0,
		"on 01.02.2024 at 10":                 0,
		"2024-01-15 10:00":                    0,
		"09/11/2001 18":                       0,
		"1,234,567,890 euros":                 0,
		"$5552345678":                         0,
		"1234567890":                          0,
		"2345678":                             0,
		"http://example.com/0171/1234567":     0,
		"http://example.com/?id=+49301234567": 0,
		"id_555-234-5678":                     0,
		"555-234-5678-9012-3456-7890":         0,
		"isbn-10: 0375764852":                 0,
		"part 555-234-5678x":                  0,
		"+1,000,000,000":                      0,
		"up by +10000000":                     0,
		"192.168.100.200":                     0,
		"call me":                             0,
	})
}

func TestCards(t *testing.T) {
	counts(t, Cards, map[string]int{
		"4111 1111 1111 1111":              1,
		"4111-1111-1111-1111,":             1,
		"5555555555554444":                 1,
		"3782 822463 10005":                1,
		"378282246310005":                  1,
		"6011111111111117":                 1,
		"3530111333300000":                 1,
		"2223003122003222":                 1,
		"30569309025904":                   1,
		"my card: 4111111111111111 (visa)": 1,
		"４１１１ １１１１ １１１１ １１１１": 1,
		"4111 1111 1111 1112":      0, // the check digit
		"4111 11111111 1111":       0, // nobody writes them so
		"4111.1111.1111.1111":      0,
		"1234567890123452":         0, // nobody's
		"0000000000000000":         0,
		"4111111111111111111111":   0,
		"x4111111111111111":        0,
		"/4111111111111111":        0,
		"4111 1111 1111 1111 1111": 0,
		"2019 2020 2021 2022":      0,
	})
}

func TestAccounts(t *testing.T) {
	counts(t, Accounts, map[string]int{
		"DE89 3704 0044 0532 0130 00":                        1,
		"DE89370400440532013000.":                            1,
		"iban: gb82 west 1234 5698 7654 32":                  1,
		"FR14 2004 1010 0505 0001 3M02 606":                  1,
		"NO9386011117947":                                    1,
		"MT84MALT011000012345MTLCAST001S":                    1,
		"DE88370400440532013000":                             0,
		"DE89 3704 0044 0532 0130":                           0,
		"DE893704004405320130001":                            0,
		"DE8937 0400 4405 3201 3000":                         0,
		"XX89370400440532013000":                             0,
		"de89":                                               0,
		"xDE89370400440532013000":                            0,
		"IT60X0542811101000000123456 GB29NWBK60161331926819": 2,
	})
}

func TestAddresses(t *testing.T) {
	counts(t, Addresses, map[string]int{
		"He lives at 12 Elm Street, Springfield, IL 62704": 1,
		"936 Forest Hill Drive   Marion, OH 43302-6552":    1,
		"12 Elm St., Apt. 3, Springfield, IL 62704":        1,
		"7 Old Mill Road, flat 12":                         1,
		"221b Long Street, London NW1 6XE":                 1,
		"Ulmenstraße 12, 12345 Berlin":                     1,
		"Am Hang, Alte Ulmener Straße 12a, 1010 Wien":      1,
		"12 rue des Ormes, 75011 Paris":                    1,
		"via degli Olmi 12, 00184 Roma":                    1,
		"живёт: ул. Вязов, д. 12, кв. 3":                   1,
		"10 Downing Street must answer for it":             0,
		"1600 Pennsylvania Avenue":                         0,
		"In 2019 Wall Street fell 500 points":              0,
		"the 5 main roads of Leeds":                        0,
		"в 2020 улица была закрыта, дом снесли":            0,
		"12 years a place in Springfield, IL":              0,
		"Berliner Straße 12":                               0,
	})
}

// FuzzPersonal holds that the detectors take whatever comes, and that what stands
// around a number changes nothing that a space keeps apart.
func FuzzPersonal(f *testing.F) {
	for _, s := range []string{
		"bob@example.com", "+49 30 1234567", "4111 1111 1111 1111", "DE89 3704 0044 0532 0130 00", "12 Elm Street, Springfield, IL 62704",
		"@", "+(+(", "0 0 0", "9999999999999999999999", "de89 ", "ул. Вязов, д. 12", "\xff1", "1é2",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		s = Normal(s)
		for name, count := range map[string]func(string) int{"emails": Emails, "phones": Phones, "cards": Cards, "accounts": Accounts, "addresses": Addresses} {
			n := count(s)
			if n < 0 || n > len(s) {
				t.Errorf("%s: %d in %q", name, n, s)
			}
			if twice := count(s + " ; " + s); name != "addresses" && twice < 2*n-1 {
				t.Errorf("%s: %d in %q, and %d where it stands twice", name, n, s, twice)
			}
		}
	})
}
