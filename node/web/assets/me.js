// A member's own pages: the card as it is being written, and what browsers
// can do with a text that is shown once. Without this file there is a button
// for the preview, and texts are copied by hand.

const pauseMs = 500

// Preview: what the form says, drawn by the same template as the page.
class Preview {
  constructor(form) {
    this.form = form
    this.shown = document.querySelector("#preview")
    for (const button of form.querySelectorAll("[data-without-script]")) button.hidden = true
    form.addEventListener("input", (e) => e.target.type !== "file" && this.later())
    form.addEventListener("change", (e) => e.target.type !== "file" && this.later())
  }

  later() {
    clearTimeout(this.timer)
    this.timer = setTimeout(() => this.ask(), pauseMs)
  }

  async ask() {
    this.asking?.abort()
    this.asking = new AbortController()
    const {signal} = this.asking
    const fields = new FormData(this.form)
    for (const name of ["file", "import"]) fields.delete(name)
    try {
      const answer = await fetch(this.form.dataset.preview, {method: "POST", body: new URLSearchParams(fields), signal})
      if (!answer.ok) return // the session ended: the button says so
      const made = new DOMParser().parseFromString(await answer.text(), "text/html")
      if (!signal.aborted) this.shown.replaceChildren(...made.body.childNodes)
    } catch {
      // Without an answer the former preview stays.
    }
  }
}

// A form that must not be sent twice by an impatient finger.
function sendOnce(form) {
  form.addEventListener("submit", (e) => {
    if (form.dataset.sent) return e.preventDefault()
    form.dataset.sent = "1"
  })
  // The page may come back as it was, out of the browser's memory.
  addEventListener("pageshow", () => delete form.dataset.sent)
}

function textOf(id) {
  const from = document.getElementById(id)
  return (from.value ?? from.textContent).trim()
}

async function copy(button) {
  try {
    await navigator.clipboard.writeText(textOf(button.dataset.copy))
  } catch { // no clipboard over http: select it, so that a press copies
    const from = document.getElementById(button.dataset.copy)
    if (from.select) return from.select()
    return getSelection().selectAllChildren(from)
  }
  const was = button.textContent
  button.textContent = button.dataset.done
  setTimeout(() => { button.textContent = was }, 2000)
}

function save(button) {
  const address = URL.createObjectURL(new Blob([textOf(button.dataset.save) + "\n"], {type: "text/plain"}))
  const link = document.createElement("a")
  link.href = address
  link.download = button.dataset.name
  link.click()
  setTimeout(() => URL.revokeObjectURL(address), 10_000)
}

for (const form of document.querySelectorAll("form[data-preview]")) new Preview(form)
for (const form of document.querySelectorAll("form[data-once]")) sendOnce(form)
for (const tools of document.querySelectorAll("[data-tools]")) tools.hidden = false
document.addEventListener("click", (e) => {
  const button = e.target.closest("button")
  if (button?.dataset.copy) copy(button)
  else if (button?.dataset.save) save(button)
  else if (button && "print" in button.dataset) print()
})
