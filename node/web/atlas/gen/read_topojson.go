package main

import (
	"encoding/json"
	"fmt"
	"path/filepath"
)

// topology is a TopoJSON file: arcs that neighbouring shapes share.
type topology struct {
	Transform struct {
		Scale, Translate point
	} `json:"transform"`
	Arcs    [][]point `json:"arcs"` // after readTopology in degrees
	Objects map[string]struct {
		Geometries []struct {
			Type string          `json:"type"`
			Arcs json.RawMessage `json:"arcs"`
		} `json:"geometries"`
	} `json:"objects"`
}

// arcRings are the rings, or single lines, of one geometry, as indexes of arcs; ^i is arc i backwards.
type arcRings [][]int

func readTopology(path string) (*topology, error) {
	t := &topology{}
	if err := readJSON(path, t); err != nil {
		return nil, err
	}
	if t.Transform.Scale == (point{}) {
		return nil, fmt.Errorf("read source %s: not quantised, want a transform", filepath.Base(path))
	}
	for _, arc := range t.Arcs {
		var at point
		for i, step := range arc {
			for axis := range at {
				at[axis] += step[axis]
				arc[i][axis] = at[axis]*t.Transform.Scale[axis] + t.Transform.Translate[axis]
			}
		}
	}
	return t, nil
}

// each yields the geometries of an object that have arcs. What is not a line or polygon has none.
func (t *topology) each(object string, yield func(arcRings)) {
	for _, g := range t.Objects[object].Geometries {
		var rings arcRings
		switch g.Type {
		case "LineString":
			rings = make(arcRings, 1)
			_ = json.Unmarshal(g.Arcs, &rings[0])
		case "MultiLineString", "Polygon":
			_ = json.Unmarshal(g.Arcs, &rings)
		case "MultiPolygon":
			var polygons []arcRings
			_ = json.Unmarshal(g.Arcs, &polygons)
			for _, p := range polygons {
				rings = append(rings, p...)
			}
		}
		yield(rings)
	}
}

func (t *topology) lines(object string) (lines [][]point) {
	t.each(object, func(rings arcRings) {
		for _, arcs := range rings {
			lines = append(lines, t.join(arcs))
		}
	})
	return lines
}

func (t *topology) rings(object string) (rings [][]point) {
	for _, ring := range t.lines(object) {
		rings = append(rings, open(ring))
	}
	return rings
}

// shared returns the arcs along which two geometries of the object touch.
func (t *topology) shared(object string) (lines [][]point) {
	users := make([]int, len(t.Arcs))
	t.each(object, func(rings arcRings) {
		own := map[int]bool{}
		for _, arcs := range rings {
			for _, i := range arcs {
				own[max(i, ^i)] = true
			}
		}
		for i := range own {
			users[i]++
		}
	})
	for i, n := range users {
		if n > 1 {
			lines = append(lines, t.Arcs[i])
		}
	}
	return lines
}

func (t *topology) join(arcs []int) (line []point) {
	for _, i := range arcs {
		arc := t.Arcs[max(i, ^i)]
		for n := range arc {
			p := arc[n]
			if i < 0 {
				p = arc[len(arc)-1-n]
			}
			if len(line) == 0 || line[len(line)-1] != p {
				line = append(line, p)
			}
		}
	}
	return line
}
