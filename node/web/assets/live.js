// Lists that stay fresh: a changed form refreshes its results in place, and
// records that come or go refresh the list that shows their kind. Without
// this file the form loads a page and the list is as old as the page.

const pauseMs = 1000

const status = document.createElement("p")
status.className = "visually-hidden"
status.setAttribute("role", "status")
document.body.append(status)

class List {
  constructor(region) {
    this.region = region
    this.html = region.innerHTML
  }

  // refresh answers the fresh region, or nothing when it was overtaken.
  async refresh(address) {
    this.asking?.abort()
    this.asking = new AbortController()
    const {signal} = this.asking
    const answer = await fetch(address, {signal, headers: {Accept: "text/html"}})
    // 422 is a form with a mistake in it: its answer says which.
    if (!answer.ok && answer.status !== 422) throw new Error(`status ${answer.status}`)
    const page = new DOMParser().parseFromString(await answer.text(), "text/html")
    const fresh = page.getElementById(this.region.id)
    if (!fresh || signal.aborted) throw new Error("no list in the answer")
    return fresh
  }

  // swap puts the fresh list in place; what the reader opened, ticked or was on
  // stays. A map that somebody may have moved is kept unless the search is another.
  swap(fresh, keepsMap) {
    const focus = document.activeElement
    const held = this.region.contains(focus) && focus.closest("a, button, summary, [tabindex]")
    const open = [...this.region.querySelectorAll("details")].map((d) => d.open)
    const ticked = [...this.region.querySelectorAll("input:checked")].map((box) => box.id)
    this.html = fresh.innerHTML
    const map = keepsMap && this.region.querySelector("figure.map")
    if (map) fresh.querySelector("figure.map")?.replaceWith(map)
    for (const {name, value} of fresh.attributes) this.region.setAttribute(name, value)
    this.region.replaceChildren(...fresh.childNodes)
    for (const [i, d] of [...this.region.querySelectorAll("details")].entries()) if (i < open.length) d.open = open[i]
    for (const id of ticked) Object.assign(document.getElementById(id) ?? {}, {checked: true})
    if (held) {
      const same = [...this.region.querySelectorAll("a, button, summary")].find((e) => e.outerHTML === held.outerHTML)
      ;(same ?? this.region.querySelector("h2") ?? this.region).focus()
    }
    this.region.dispatchEvent(new CustomEvent("swapped", {bubbles: true}))
  }

  cards() {
    return [...this.region.querySelectorAll("li[id]")]
  }

  // update shows what has come since, and says so.
  async update() {
    const fresh = await this.refresh(this.region.dataset.fragment)
    if (fresh.innerHTML === this.html) return
    const before = new Set(this.cards().map((card) => card.id))
    this.swap(fresh, true)
    const come = this.cards().filter((card) => !before.has(card.id))
    for (const card of come) {
      card.classList.add("is-new")
      const tag = document.createElement("span")
      tag.className = "tag-new"
      tag.textContent = this.region.dataset.new ?? ""
      card.querySelector("h3")?.append(" ", tag)
    }
    const {saysNew = "", saysChanged = ""} = this.region.dataset
    const names = come.map((card) => card.querySelector("h3 a")?.textContent).filter(Boolean).slice(0, 3)
    status.textContent = names.length ? saysNew.replace("{names}", names.join(", ")) : saysChanged
  }

  soon() {
    this.timer ??= setTimeout(() => {
      this.timer = undefined
      if (document.visibilityState === "visible") this.update().catch(() => {})
    }, pauseMs)
  }
}

const lists = [...document.querySelectorAll("[data-live][id]")].map((region) => new List(region))

// The form: the same address as without scripts, so that it can be kept and sent.
function follow(form, list) {
  // A page that is being left is not called back by an answer that comes late.
  let leaving = false
  addEventListener("beforeunload", () => (leaving = true))
  const show = async () => {
    leaving = false
    const query = new URLSearchParams([...new FormData(form)].filter(([, value]) => value !== ""))
    const address = `${new URL(form.action).pathname}?${query}`
    if (address === location.pathname + location.search) return
    query.set("fragment", "1")
    try {
      const fresh = await list.refresh(`${new URL(form.action).pathname}?${query}`)
      if (leaving) return
      list.swap(fresh)
    } catch (e) {
      if (e.name !== "AbortError" && !leaving) location.assign(address)
      return
    }
    history.pushState(null, "", address)
    mistakes(form, list.region)
    for (const a of document.querySelectorAll("a.switch")) {
      query.delete("fragment")
      query.set("lang", a.hreflang)
      a.search = `?${query}`
    }
    status.textContent = list.region.querySelector("h2")?.textContent ?? ""
  }
  form.addEventListener("change", show)
  form.addEventListener("submit", (e) => {
    e.preventDefault()
    show()
  })
  addEventListener("popstate", () => location.reload())
}

function mistakes(form, region) {
  for (const field of form.querySelectorAll("[aria-invalid]")) field.removeAttribute("aria-invalid")
  for (const error of form.querySelectorAll(".error")) error.hidden = true
  for (const {dataset} of region.querySelectorAll("[data-field]")) form.elements[dataset.field]?.setAttribute?.("aria-invalid", "true")
}

// The stream: one for all lists, only while somebody looks. A stream that was
// refused (too many readers, or none allowed) is not asked for again.
let stream, refused = false

function listen() {
  stream?.close()
  stream = undefined
  if (refused || document.visibilityState !== "visible") return
  stream = new EventSource("/api/v1/events")
  stream.onerror = () => (refused = stream?.readyState === EventSource.CLOSED)
  for (const type of ["record-stored", "record-removed", "gap"]) {
    stream.addEventListener(type, ({data}) => {
      const {kind} = JSON.parse(data)
      for (const list of lists) if (!kind || list.region.dataset.live.split(" ").includes(kind)) list.soon()
    })
  }
}

for (const list of lists) {
  const form = document.querySelector(`form[data-refresh="${list.region.id}"]`)
  if (form) follow(form, list)
}
if (lists.length) {
  listen()
  document.addEventListener("visibilitychange", () => {
    listen()
    if (stream) for (const list of lists) list.soon() // what came while nobody looked
  })
}
