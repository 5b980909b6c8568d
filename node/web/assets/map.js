// Moves the maps of a page. Without it each arrow and sign below a map is a link that loads the page anew.
// A figure.map with data-src is asked for again with map=lat,lon,km and w, h in pixels; its drawing, links
// and words are put in place of the old ones. Until then the drawing that is there is moved by its viewBox.

const EARTH_KM = 2 * Math.PI * 6371.0088;
const CLOSEST_KM = 8;
const SETTLE_MS = 220;
const GLIDE_MS = 160;
const PARTS = ['.map-drawing', '.map-moves', '.map-words'];
const still = matchMedia('(prefers-reduced-motion: reduce)');

const clamp = (low, n, high) => Math.max(low, Math.min(n, high));
const cosOf = (lat) => Math.cos((lat * Math.PI) / 180);

class View {
  constructor(lat, lon, km) { Object.assign(this, { lat, lon, km }); }
  static read(text) { return new View(...text.split(',').map(Number)); }
  toString() { return `${this.lat.toFixed(4)},${this.lon.toFixed(4)},${this.km.toFixed(1)}`; }

  // moved by parts of its own width, and shown so many times closer. Web Mercator, as the drawing.
  moved(right, down, closer) {
    const share = this.km / (EARTH_KM * cosOf(this.lat));
    const y = Math.asinh(Math.tan((this.lat * Math.PI) / 180)) - down * share * 2 * Math.PI;
    const lat = clamp(-85, (Math.atan(Math.sinh(y)) * 180) / Math.PI, 85);
    const lon = ((((this.lon + right * share * 360 + 180) % 360) + 360) % 360) - 180;
    return new View(lat, lon, (share / closer) * EARTH_KM * cosOf(lat));
  }
}

class LiveMap {
  constructor(figure) {
    this.figure = figure;
    this.frame = figure.querySelector('.map-frame');
    this.pointers = new Map();
    this.frame.tabIndex = 0;
    this.take();
    this.shape = this.height / this.width;
    const on = (name, what, options) => this.frame.addEventListener(name, (e) => this[what](e), options);
    on('pointerdown', 'press');
    on('pointermove', 'drag');
    on('pointerup', 'release');
    on('pointercancel', 'release');
    on('wheel', 'wheel', { passive: false });
    on('keydown', 'key');
    on('dragstart', 'stop');
    this.frame.addEventListener('click', (e) => this.dragged && this.stop(e), true);
    figure.addEventListener('click', (e) => this.follow(e));
    new ResizeObserver(() => this.later(() => this.resize())).observe(this.frame);
  }

  // take reads the drawing that is in the page.
  take() {
    this.svg = this.frame.querySelector('.map-drawing');
    this.width = Number(this.svg.getAttribute('width'));
    this.height = Number(this.svg.getAttribute('height'));
    this.view = View.read(this.svg.dataset.view);
    this.at = this.seen = { x: 0, y: 0, k: 1 }; // where it goes, and where it is on its way there
    cancelAnimationFrame(this.gliding);
  }

  // show puts the view box at x, y of the drawing, k times closer.
  show({ x, y, k }) {
    this.seen = { x, y, k };
    this.svg.setAttribute('viewBox', `${x} ${y} ${this.width / k} ${this.height / k}`);
  }

  target() {
    const { x, y, k } = this.at;
    return this.view.moved((x + this.width / k / 2) / this.width - 0.5, (y + this.height / k / 2 - this.height / 2) / this.width, k);
  }

  // to goes somewhere and asks for its drawing when nothing has moved for a while.
  to(at, glide) {
    const widest = EARTH_KM * cosOf(this.view.lat);
    at.k = clamp(Math.min(1, this.view.km / widest), at.k, Math.max(1, this.view.km / CLOSEST_KM));
    cancelAnimationFrame(this.gliding);
    this.at = at;
    if (glide && !still.matches) {
      const from = this.seen, start = performance.now();
      const step = (now) => {
        const part = clamp(0, (now - start) / GLIDE_MS, 1);
        this.show({ x: from.x + (at.x - from.x) * part, y: from.y + (at.y - from.y) * part, k: from.k * (at.k / from.k) ** part });
        if (part < 1) this.gliding = requestAnimationFrame(step);
      };
      this.gliding = requestAnimationFrame(step);
    } else {
      this.show(at);
    }
    this.later(() => this.load(this.target()));
  }

  later(what) {
    clearTimeout(this.timer);
    this.timer = setTimeout(what, SETTLE_MS);
  }

  zoom(times, px = 0.5, py = 0.5, glide = false) {
    const { x, y, k } = this.at;
    const to = k * times;
    this.to({ x: x + px * this.width * (1 / k - 1 / to), y: y + py * this.height * (1 / k - 1 / to), k: to }, glide);
  }

  pan(right, down, glide) {
    const { x, y, k } = this.at;
    this.to({ x: x + (right * this.width) / k, y: y + (down * this.height) / k, k }, glide);
  }

  async load(view) {
    const size = this.size();
    clearTimeout(this.timer);
    this.asking?.abort();
    const asking = (this.asking = new AbortController());
    const address = new URL(this.figure.dataset.src, location.href);
    address.searchParams.set('map', view);
    address.searchParams.set('w', size[0]);
    address.searchParams.set('h', size[1]);
    try {
      const answer = await fetch(address, { signal: asking.signal });
      if (!answer.ok) return;
      const fresh = new DOMParser().parseFromString(await answer.text(), 'text/html').querySelector('figure.map');
      if (asking.signal.aborted || !fresh?.querySelector('.map-drawing')) return;
      if (this.pointers.size > 0) return; // a hand is moving on: what it leaves will be asked for
      this.replace(fresh);
    } catch (fault) {
      if (fault.name !== 'AbortError') console.debug('map', fault);
    }
  }

  // replace keeps the focus on what it was on, as far as that is still there.
  replace(fresh) {
    const focused = this.figure.contains(document.activeElement) ? document.activeElement : null;
    const open = this.figure.querySelector('.map-words')?.open;
    for (const part of PARTS) {
      const now = this.figure.querySelector(part), next = fresh.querySelector(part);
      if (now && next) now.replaceWith(document.importNode(next, true));
    }
    const words = this.figure.querySelector('.map-words');
    if (words) words.open = open;
    this.take();
    this.say(fresh.dataset.said);
    const url = new URL(location.href);
    url.searchParams.set('map', this.svg.dataset.view);
    history.replaceState(history.state, '', url);
    if (focused && !focused.isConnected) (this.same(focused) ?? this.frame).focus({ preventScroll: true });
  }

  same(old) {
    const wanted = old.dataset?.point ? `[data-point="${CSS.escape(old.dataset.point)}"]` : `.${[...old.classList].map((c) => CSS.escape(c)).join('.')}`;
    return wanted === '.' ? null : this.figure.querySelector(wanted);
  }

  say(text) {
    const said = this.figure.querySelector('.map-said');
    if (said && text) said.textContent = text;
  }

  // size is what to ask for: a drawing that is shown much larger or smaller than it is has letters and
  // targets that are too. A phone gets a square, a wide screen the shape that the page chose.
  size() {
    const width = Math.round(this.frame.clientWidth);
    if (width < 160 || Math.abs(width / this.width - 1) < 0.15) return [this.width, this.height];
    return [width, Math.round(Math.max(width * this.shape, Math.min(width, 360)))];
  }

  resize() {
    if (this.size()[0] !== this.width) this.load(this.target());
  }

  stop(e) { e.preventDefault(); e.stopPropagation(); }

  press(e) {
    if (e.button !== 0) return;
    this.pointers.set(e.pointerId, { x: e.clientX, y: e.clientY });
    this.dragged = false;
    this.asking?.abort();
  }

  drag(e) {
    const before = this.pointers.get(e.pointerId);
    if (!before) return;
    if (!this.dragged && Math.hypot(e.clientX - before.x, e.clientY - before.y) < 5) return;
    if (!this.dragged) {
      this.dragged = true;
      for (const id of this.pointers.keys()) this.frame.setPointerCapture(id);
      this.frame.classList.add('is-moving');
    }
    const box = this.frame.getBoundingClientRect();
    const others = [...this.pointers].filter(([id]) => id !== e.pointerId).map(([, p]) => p);
    const part = 1 / (others.length + 1); // with two fingers each moves the map by half
    this.pan((-(e.clientX - before.x) / box.width) * part, (-(e.clientY - before.y) / box.height) * part);
    if (others.length === 1) {
      const [o] = others;
      const times = Math.hypot(e.clientX - o.x, e.clientY - o.y) / Math.max(1, Math.hypot(before.x - o.x, before.y - o.y));
      this.zoom(times, ((e.clientX + o.x) / 2 - box.left) / box.width, ((e.clientY + o.y) / 2 - box.top) / box.height);
    }
    this.pointers.set(e.pointerId, { x: e.clientX, y: e.clientY });
  }

  release(e) {
    this.pointers.delete(e.pointerId);
    if (this.pointers.size > 0) return;
    this.frame.classList.remove('is-moving');
    if (this.dragged) this.later(() => this.load(this.target()));
    setTimeout(() => { this.dragged = false; }); // after the click that a drag ends with
  }

  // The wheel scrolls the page, unless the reader chose the map or pinches on a touchpad.
  wheel(e) {
    if (!e.ctrlKey && !this.frame.contains(document.activeElement)) return;
    e.preventDefault();
    const box = this.frame.getBoundingClientRect();
    this.zoom(2 ** (-e.deltaY * (e.deltaMode ? 0.05 : 0.003)), (e.clientX - box.left) / box.width, (e.clientY - box.top) / box.height);
  }

  key(e) {
    if (e.ctrlKey || e.metaKey || e.altKey) return;
    const step = 0.2;
    const move = {
      ArrowLeft: () => this.pan(-step, 0, true), ArrowRight: () => this.pan(step, 0, true),
      ArrowUp: () => this.pan(0, -step, true), ArrowDown: () => this.pan(0, step, true),
      '+': () => this.zoom(2, 0.5, 0.5, true), '=': () => this.zoom(2, 0.5, 0.5, true), '-': () => this.zoom(0.5, 0.5, 0.5, true),
    }[e.key];
    if (!move) return;
    e.preventDefault();
    move();
  }

  // follow shows another view of a link without loading the page.
  follow(e) {
    const link = e.target.closest('a[data-view]');
    if (!link || e.button !== 0 || e.ctrlKey || e.metaKey || e.shiftKey || e.altKey) return;
    e.preventDefault();
    this.load(View.read(link.dataset.view));
  }
}

// light marks a result in the list and its point on the map as one, whichever of both is pointed at.
function light(e) {
  const from = e.target.closest?.('[data-point]');
  const ids = from && e.type !== 'pointerout' && e.type !== 'focusout' ? from.dataset.point.split(' ') : [];
  for (const lit of document.querySelectorAll('.is-lit')) lit.classList.remove('is-lit');
  for (const id of ids) {
    for (const twin of document.querySelectorAll(`[data-point~="${CSS.escape(id)}"]`)) {
      if (twin !== from) twin.classList.add('is-lit');
    }
  }
}

const alive = new WeakSet();

// enliven finds the maps of the page; a list that was refreshed may have brought a new one.
function enliven() {
  for (const figure of document.querySelectorAll('figure.map[data-src]')) {
    if (alive.has(figure) || !figure.querySelector('.map-drawing')) continue;
    alive.add(figure);
    new LiveMap(figure);
  }
}

enliven();
document.addEventListener('swapped', enliven);
if (document.querySelector('figure.map')) {
  for (const name of ['pointerover', 'pointerout', 'focusin', 'focusout']) document.addEventListener(name, light);
}
