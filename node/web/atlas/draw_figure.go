package atlas

import "strconv"

// Figure returns the drawing as a whole figure, ready to be put in as template.HTML: a frame that takes
// the keyboard, the links that move the map without scripts, the clusters in words, and the sources. src
// is the address at which map.js asks for the figure of another view, with the parameters map (as
// View.String), w and h added; "" leaves the map still.
func (d Drawing) Figure(src string, w Words) []byte {
	w = w.complete()
	s := &svg{}
	s.text(`<figure class="map"`)
	s.attribute("id", w.ID)
	if src = address(src); src != "" {
		s.attribute("data-src", escape(src))
	}
	s.attribute("data-said", escape(w.Shows(d.Place, d.View.WidthKm)))
	s.text(`><div class="map-frame" role="group"`)
	s.attribute("aria-label", escape(w.Hint))
	s.text(`>`)
	s.out = append(s.out, d.SVG...)
	s.text(`</div>`)
	d.moves(s, w)
	s.text(`<details class="map-words"><summary>` + escape(w.AsList) + `</summary><ol>`)
	for _, c := range d.Clusters {
		s.text(`<li>`)
		d.words(s, c, w)
		s.text(`</li>`)
	}
	s.text(`</ol>`)
	if d.Outside > 0 {
		s.text(`<p>` + escape(w.Outside(d.Outside)) + `</p>`)
	}
	s.text(`</details><p class="map-said visually-hidden" role="status"></p><figcaption class="map-credit">` + escape(w.Credit) +
		` <a href="https://www.openstreetmap.org/copyright" rel="noopener noreferrer">© OpenStreetMap</a>, Natural Earth, GeoNames</figcaption></figure>`)
	return s.out
}

// moves are the links to other views, each a plain page. One that would change nothing is left out.
func (d Drawing) moves(s *svg, w Words) {
	s.text(`<p class="map-moves">`)
	for _, m := range []struct {
		name, sign, label string
		to                View
	}{
		{"in", "+", w.In, d.In}, {"out", "−", w.Out, d.Out}, {"whole", "⤢", w.Whole, d.Whole},
		{"west", "←", w.West, d.West}, {"north", "↑", w.North, d.North}, {"south", "↓", w.South, d.South}, {"east", "→", w.East, d.East},
	} {
		href := address(w.Link(m.to))
		if href == "" || m.to.String() == d.View.String() {
			continue
		}
		s.text(`<a class="map-move map-` + m.name + `"`)
		s.attribute("href", escape(href))
		s.attribute("data-view", m.to.String())
		s.attribute("aria-label", escape(m.label))
		s.attribute("title", escape(m.label))
		s.text(`>` + m.sign + `</a>`)
	}
	s.text(`</p>`)
}

// words says one cluster in a sentence that is a link.
func (d Drawing) words(s *svg, c Cluster, w Words) {
	text := `<span dir="auto">` + escape(c.Label) + `</span>`
	if c.Place != "" {
		text += ` <span dir="auto">` + escape(w.Near(c.Place)) + `</span>`
	}
	if c.Href == "" {
		s.text(text)
		return
	}
	s.text(`<a`)
	s.attribute("href", escape(c.Href))
	if c.closer != "" {
		s.attribute("data-view", c.closer)
	}
	s.text(`>` + text)
	if len(c.points) > 1 && !c.OneSpot && w.Closer != "" {
		s.text(` <span class="map-closer">` + escape(w.Closer) + `</span>`)
	}
	s.text(`</a>`)
	if c.Count > 1 && len(c.points) == 1 {
		s.text(` (` + strconv.Itoa(c.Count) + `)`)
	}
}
