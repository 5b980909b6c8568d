package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// decoupage is the French half of the sources, current communes and arrondissements by INSEE code.
type decoupage struct {
	departments []department
	communes    []commune // sorted by code
	former      []commune // communes déléguées and associées: parts of a current one
	epciOf      map[string]string
}

type department struct {
	Code     string `json:"code"`
	Name     string `json:"nom"`
	Region   string `json:"region"`
	ChefLieu string `json:"chefLieu"`
}

type commune struct {
	Code       string   `json:"code"`
	Name       string   `json:"nom"`
	Type       string   `json:"type"`
	Department string   `json:"departement"`
	District   string   `json:"arrondissement"` // the part of a department, not of a city
	ChefLieu   string   `json:"chefLieu"`       // of a former commune: the current one
	Postcodes  []string `json:"codesPostaux"`
	Population uint32   `json:"population"`
}

const (
	typeCurrent        = "commune-actuelle"
	typeArrondissement = "arrondissement-municipal"
)

func readDecoupage(dir string) (*decoupage, error) {
	var all []commune
	var regions []struct{ Code, Nom string }
	var epcis []struct {
		Code    string
		Membres []struct{ Code string }
	}
	d := &decoupage{epciOf: map[string]string{}}
	for name, to := range map[string]any{
		"communes.json": &all, "departements.json": &d.departments, "regions.json": &regions, "epci.json": &epcis,
	} {
		if err := readJSON(filepath.Join(dir, name), to); err != nil {
			return nil, err
		}
	}
	regionName := map[string]string{}
	for _, r := range regions {
		regionName[r.Code] = r.Nom
	}
	for i := range d.departments {
		d.departments[i].Region = regionName[d.departments[i].Region]
	}
	for _, e := range epcis {
		for _, m := range e.Membres {
			d.epciOf[m.Code] = e.Code
		}
	}
	for _, c := range all {
		switch {
		case c.Type != typeCurrent && c.Type != typeArrondissement:
			d.former = append(d.former, c)
		case !strings.HasPrefix(c.Code, c.Department):
			return nil, fmt.Errorf("read commune %s: code outside department %s", c.Code, c.Department)
		default:
			d.communes = append(d.communes, c)
		}
	}
	byCode := func(a, b commune) int { return strings.Compare(a.Code, b.Code) }
	slices.SortFunc(d.communes, byCode)
	slices.SortStableFunc(d.former, byCode)
	slices.SortFunc(d.departments, func(a, b department) int { return strings.Compare(a.Code, b.Code) })
	return d, nil
}

func readJSON(path string, to any) error {
	b, err := os.ReadFile(path)
	if err != nil {
		return fmt.Errorf("read source: %w", err)
	}
	if err := json.Unmarshal(b, to); err != nil {
		return fmt.Errorf("parse %s: %w", path, err)
	}
	return nil
}
