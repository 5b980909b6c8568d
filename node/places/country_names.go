package places

// countryNames are the names people put behind a town, in French and English. A country that is not
// listed is still understood by its two letters.
var countryNames = map[string][]string{
	"AT": {"Autriche", "Austria"}, "AU": {"Australie", "Australia"}, "BE": {"Belgique", "Belgium"},
	"BR": {"Brésil", "Brazil"}, "CA": {"Canada"}, "CH": {"Suisse", "Switzerland"}, "CI": {"Côte d'Ivoire", "Ivory Coast"},
	"CM": {"Cameroun", "Cameroon"}, "CN": {"Chine", "China"}, "CZ": {"Tchéquie", "République tchèque", "Czechia"},
	"DE": {"Allemagne", "Germany"}, "DK": {"Danemark", "Denmark"}, "DZ": {"Algérie", "Algeria"},
	"ES": {"Espagne", "Spain"}, "FI": {"Finlande", "Finland"}, "FR": {"France"},
	"GB": {"Royaume-Uni", "Angleterre", "Écosse", "United Kingdom", "UK", "England", "Scotland"},
	"GR": {"Grèce", "Greece"}, "HU": {"Hongrie", "Hungary"}, "IE": {"Irlande", "Ireland"}, "IN": {"Inde", "India"},
	"IT": {"Italie", "Italy"}, "JP": {"Japon", "Japan"}, "LB": {"Liban", "Lebanon"}, "LU": {"Luxembourg"},
	"MA": {"Maroc", "Morocco"}, "MC": {"Monaco"}, "MG": {"Madagascar"}, "MX": {"Mexique", "Mexico"},
	"NL": {"Pays-Bas", "Netherlands"}, "NO": {"Norvège", "Norway"}, "PL": {"Pologne", "Poland"},
	"PT": {"Portugal"}, "RO": {"Roumanie", "Romania"}, "SE": {"Suède", "Sweden"}, "SN": {"Sénégal", "Senegal"},
	"TN": {"Tunisie", "Tunisia"}, "TR": {"Turquie", "Turkey"}, "UA": {"Ukraine"},
	"US": {"États-Unis", "United States", "USA"}, "VN": {"Viêt Nam", "Vietnam"},
}
