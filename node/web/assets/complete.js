// Completion of a place or of the last skill of a list: a combobox with a
// listbox as in the ARIA Authoring Practices 1.2. Without this file, or when
// the answer fails, the field is a plain one.

const atMost = 8
const pauseMs = 150

const sources = {
  places: {
    address: (q) => `/api/v1/places?limit=${atMost}&q=${encodeURIComponent(q)}`,
    read: (field, p) => {
      const beside = p.department && p.department !== p.name ? p.department : p.department ? "" : p.country
      return {value: beside ? `${p.name} (${beside})` : p.name, text: p.name, note: [beside, p.postcodes?.[0]].filter(Boolean).join(" · ")}
    },
  },
  skills: {
    address: (q) => `/api/v1/skills?limit=${atMost}&q=${encodeURIComponent(q)}`,
    read: (field, s) => {
      const people = s.people > 0 ? field.dataset.people.replace("{n}", s.people) : ""
      return {value: s.skill, text: s.skill, note: [s.matched && s.matched !== s.skill && s.matched, people].filter(Boolean).join(" · ")}
    },
    list: true,
  },
}

function element(name, attributes, text) {
  const made = document.createElement(name)
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value)
  if (text) made.textContent = text
  return made
}

class Completion {
  constructor(field) {
    this.field = field
    this.source = sources[field.dataset.complete]
    this.chosen = -1
    const id = `${field.id}-list`
    this.list = element("ul", {id, role: "listbox", class: "proposals", "aria-label": field.dataset.label, hidden: ""})
    this.says = element("span", {role: "status", class: "visually-hidden"})
    field.after(this.list, this.says)
    for (const [key, value] of Object.entries({role: "combobox", "aria-autocomplete": "list", "aria-expanded": "false", "aria-controls": id})) field.setAttribute(key, value)
    field.addEventListener("input", () => this.later())
    field.addEventListener("keydown", (e) => this.key(e))
    field.addEventListener("blur", () => this.close())
    // A press must not take the focus from the field, or blur closes the list first.
    this.list.addEventListener("pointerdown", (e) => e.preventDefault())
    this.list.addEventListener("click", (e) => {
      const option = e.target.closest("[role=option]")
      if (option) this.take([...this.list.children].indexOf(option))
    })
  }

  // What is being typed: all of the field, or what follows its last comma.
  get typed() {
    return (this.source.list ? this.field.value.slice(this.field.value.lastIndexOf(",") + 1) : this.field.value).trim()
  }

  later() {
    clearTimeout(this.timer)
    this.asking?.abort()
    if (this.typed.length < 2) return this.close()
    this.timer = setTimeout(() => this.ask(), pauseMs)
  }

  async ask() {
    this.asking = new AbortController()
    const {signal} = this.asking
    try {
      const answer = await fetch(this.source.address(this.typed), {signal})
      const found = answer.ok ? (await answer.json()).results : []
      if (!signal.aborted && document.activeElement === this.field) this.show(found.slice(0, atMost))
    } catch {
      if (!signal.aborted) this.close()
    }
  }

  show(found) {
    this.found = found.map((item) => this.source.read(this.field, item))
    this.list.replaceChildren(...this.found.map(({text, note}, i) => {
      const option = element("li", {id: `${this.list.id}-${i}`, role: "option", "aria-selected": "false"})
      option.append(element("span", {dir: "auto"}, text))
      if (note) option.append(" ", element("small", {dir: "auto"}, note))
      return option
    }))
    if (!found.length) return this.close()
    this.list.hidden = false
    this.field.setAttribute("aria-expanded", "true")
    this.mark(-1)
    const {single, many} = this.field.dataset
    this.says.textContent = found.length === 1 ? single : many.replace("{n}", found.length)
  }

  close() {
    clearTimeout(this.timer)
    this.asking?.abort()
    this.list.hidden = true
    this.says.textContent = ""
    this.field.setAttribute("aria-expanded", "false")
    this.mark(-1)
  }

  mark(i) {
    this.chosen = i
    for (const [at, option] of [...this.list.children].entries()) option.setAttribute("aria-selected", String(at === i))
    const option = this.list.children[i]
    if (!option) return this.field.removeAttribute("aria-activedescendant")
    this.field.setAttribute("aria-activedescendant", option.id)
    option.scrollIntoView({block: "nearest"})
  }

  take(i) {
    const {value} = this.found[i]
    const before = this.source.list ? this.field.value.slice(0, this.field.value.lastIndexOf(",") + 1) : ""
    this.field.value = (before && `${before} `) + value
    this.close()
    this.field.focus()
    this.field.dispatchEvent(new Event("change", {bubbles: true}))
  }

  key(e) {
    if (e.isComposing) return
    const open = !this.list.hidden
    const last = this.list.children.length - 1
    if (e.key === "ArrowDown" && !open) {
      if (this.typed.length > 1) this.ask()
    } else if (!open) {
      return
    } else if (e.key === "ArrowDown") {
      this.mark(this.chosen < last ? this.chosen + 1 : 0)
    } else if (e.key === "ArrowUp") {
      this.mark(this.chosen > 0 ? this.chosen - 1 : last)
    } else if (e.key === "Enter" && this.chosen >= 0) {
      this.take(this.chosen)
    } else if (e.key === "Escape") {
      this.close()
    } else {
      return
    }
    e.preventDefault()
  }
}

for (const field of document.querySelectorAll("input[data-complete]")) new Completion(field)
