package card

import (
	"slices"
	"strings"

	"golang.org/x/text/language"
)

// languageName is a language as its speakers, the French and the English call
// it, and the second three-letter code of those that have two; the first is
// what an export writes.
type languageName struct {
	tag   string
	names []string
}

// languageNames covers what people in and around France write. A table of our
// own, because the complete one is a megabyte and knows no "anglais".
var languageNames = []languageName{
	{"ar", []string{"العربية", "arabe", "arabic"}},
	{"bg", []string{"Български", "bulgare", "bulgarian"}},
	{"br", []string{"Brezhoneg", "breton"}},
	{"ca", []string{"Català", "catalan"}},
	{"co", []string{"Corsu", "corse", "corsican"}},
	{"cs", []string{"Čeština", "tchèque", "czech", "cze"}},
	{"da", []string{"Dansk", "danois", "danish"}},
	{"de", []string{"Deutsch", "allemand", "german", "ger"}},
	{"el", []string{"Ελληνικά", "grec", "greek", "gre"}},
	{"en", []string{"English", "anglais"}},
	{"es", []string{"Español", "espagnol", "spanish", "castillan"}},
	{"eu", []string{"Euskara", "basque", "baq"}},
	{"fa", []string{"فارسی", "persan", "persian", "farsi"}},
	{"fi", []string{"Suomi", "finnois", "finnish"}},
	{"fr", []string{"Français", "french", "fre"}},
	{"gsw", []string{"Elsässisch", "alsacien", "alsatian"}},
	{"he", []string{"עברית", "hébreu", "hebrew"}},
	{"hi", []string{"हिन्दी", "hindi"}},
	{"hr", []string{"Hrvatski", "croate", "croatian"}},
	{"hu", []string{"Magyar", "hongrois", "hungarian"}},
	{"it", []string{"Italiano", "italien", "italian"}},
	{"ja", []string{"日本語", "japonais", "japanese"}},
	{"ko", []string{"한국어", "coréen", "korean"}},
	{"lb", []string{"Lëtzebuergesch", "luxembourgeois", "luxembourgish"}},
	{"nl", []string{"Nederlands", "néerlandais", "dutch", "flamand", "flemish", "dut"}},
	{"oc", []string{"Occitan"}},
	{"pl", []string{"Polski", "polonais", "polish"}},
	{"pt", []string{"Português", "portugais", "portuguese"}},
	{"ro", []string{"Română", "roumain", "romanian", "rum"}},
	{"ru", []string{"Русский", "russe", "russian"}},
	{"sv", []string{"Svenska", "suédois", "swedish"}},
	{"tr", []string{"Türkçe", "turc", "turkish"}},
	{"uk", []string{"Українська", "ukrainien", "ukrainian"}},
	{"vi", []string{"Tiếng Việt", "vietnamien", "vietnamese"}},
	{"zh", []string{"中文", "chinois", "chinese", "mandarin", "chi"}},
	{"am", []string{"አማርኛ", "amharique", "amharic"}},
	{"bm", []string{"Bamanankan", "bambara"}},
	{"bn", []string{"বাংলা", "bengali"}},
	{"cy", []string{"Cymraeg", "gallois", "welsh", "wel"}},
	{"et", []string{"Eesti", "estonien", "estonian"}},
	{"ff", []string{"Pulaar", "peul", "fula", "fulah"}},
	{"ga", []string{"Gaeilge", "irlandais", "irish"}},
	{"gl", []string{"Galego", "galicien", "galician"}},
	{"ha", []string{"Hausa", "haoussa"}},
	{"ht", []string{"Kreyòl", "créole haïtien", "haitian creole"}},
	{"hy", []string{"Հայերեն", "arménien", "armenian"}},
	{"id", []string{"Bahasa Indonesia", "indonésien", "indonesian"}},
	{"ig", []string{"Igbo"}},
	{"ka", []string{"ქართული", "géorgien", "georgian"}},
	{"kab", []string{"Taqbaylit", "kabyle"}},
	{"ku", []string{"Kurdî", "kurde", "kurdish"}},
	{"ln", []string{"Lingála", "lingala"}},
	{"lt", []string{"Lietuvių", "lituanien", "lithuanian"}},
	{"lv", []string{"Latviešu", "letton", "latvian"}},
	{"mg", []string{"Malagasy", "malgache"}},
	{"nb", []string{"Norsk bokmål", "norvégien", "norwegian"}},
	{"sk", []string{"Slovenčina", "slovaque", "slovak"}},
	{"sl", []string{"Slovenščina", "slovène", "slovenian"}},
	{"so", []string{"Soomaali", "somali"}},
	{"sq", []string{"Shqip", "albanais", "albanian"}},
	{"sr", []string{"Српски", "serbe", "serbian"}},
	{"sw", []string{"Kiswahili", "swahili"}},
	{"ta", []string{"தமிழ்", "tamoul", "tamil"}},
	{"th", []string{"ไทย", "thaï", "thai"}},
	{"ur", []string{"اردو", "ourdou", "urdu"}},
	{"wo", []string{"Wolof"}},
	{"yo", []string{"Yorùbá", "yoruba"}},
	{"fsl", []string{"LSF", "langue des signes française", "french sign language"}},
}

var languageByName = func() map[string]string {
	m := map[string]string{}
	for _, l := range languageNames {
		for _, n := range l.names {
			m[fold(n)] = l.tag
		}
	}
	return m
}()

// canonicalLanguage reads a name or a tag ("FR", "fr_CA", "fra", "français")
// and gives the tag as the protocol takes it; false when it is neither.
func canonicalLanguage(s string) (string, bool) {
	if tag, ok := languageByName[fold(s)]; ok {
		return tag, true
	}
	parts := strings.Split(strings.ReplaceAll(strings.TrimSpace(s), "_", "-"), "-")
	base, err := language.ParseBase(parts[0])
	if err != nil || base.String() == "und" {
		return "", false
	}
	out := base.String()
	for _, p := range parts[1:] {
		switch {
		case len(p) == 4 && isLetters(p) && len(out) <= 3:
			out += "-" + strings.ToUpper(p[:1]) + strings.ToLower(p[1:])
		case len(p) == 2 && isLetters(p), len(p) == 3 && isDigits(p):
			out += "-" + strings.ToUpper(p)
		default:
			return "", false
		}
	}
	return out, true
}

func cleanLanguages(tags []string) ([]string, error) {
	var out []string
	for _, s := range tags {
		if strings.TrimSpace(s) == "" {
			continue
		}
		tag, ok := canonicalLanguage(s)
		if !ok {
			return nil, invalid("languages", "a language as in fr, en, pt-BR or français", "%q is not known", shorten(s))
		}
		if !slices.Contains(out, tag) {
			out = append(out, tag)
		}
	}
	return out, nil
}

// languageLabel is how a language is written for people; canonicalLanguage
// reads it back.
func languageLabel(tag string) string {
	for _, l := range languageNames {
		if l.tag == tag {
			return l.names[0]
		}
	}
	return tag
}

func isLetters(s string) bool {
	return strings.IndexFunc(s, func(r rune) bool { return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') }) < 0
}

func isDigits(s string) bool {
	return s != "" && strings.IndexFunc(s, func(r rune) bool { return r < '0' || r > '9' }) < 0
}
