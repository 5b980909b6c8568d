// The request of a client: a form that is sent once, a link that is copied, the
// reader's own time, and a page that follows what happens. Without this file
// the server sorts out what is sent twice, and the page is reloaded.

const refreshMs = 30_000

// A second press while the first is under way would be answered the same; this
// spares the wait. Coming back to the page makes it a fresh one.
for (const form of document.querySelectorAll("form[data-once]")) once(form)

function once(form) {
  let sent = false
  form.addEventListener("submit", (e) => {
    if (sent) e.preventDefault()
    sent = true
  })
  addEventListener("pageshow", () => (sent = false))
}

for (const button of document.querySelectorAll("[data-copy]")) {
  if (!navigator.clipboard) continue
  const field = document.getElementById(button.dataset.copy) // none: the page's own address
  const says = document.createElement("span")
  says.setAttribute("role", "status")
  button.after(" ", says)
  button.hidden = false
  button.addEventListener("click", async () => {
    field?.select()
    try {
      await navigator.clipboard.writeText(field?.value ?? location.origin + location.pathname)
      says.textContent = button.dataset.copied
    } catch {
      field?.focus() // it is selected: the keyboard copies it
    }
  })
}

const moments = new Intl.DateTimeFormat(document.documentElement.lang === "en" ? "en-GB" : document.documentElement.lang, {dateStyle: "long", timeStyle: "short"})

function tellTimes(within) {
  for (const time of within.querySelectorAll("time[datetime]")) time.textContent = moments.format(new Date(time.dateTime))
}

const now = document.querySelector("[data-now]")
if (now) {
  let html = now.innerHTML
  tellTimes(now)
  const status = document.createElement("p")
  status.className = "visually-hidden"
  status.setAttribute("role", "status")
  document.body.append(status)

  // Whoever writes or is about to press something is not interrupted; the next
  // look comes soon enough.
  const busy = () => now.contains(document.activeElement) || now.querySelector("details[open], input:checked")

  const look = async () => {
    const answer = await fetch(`${location.pathname}?fragment=1`, {cache: "no-store"})
    if (answer.status === 404 || answer.status === 410) return location.reload()
    if (!answer.ok) return
    const fresh = new DOMParser().parseFromString(`<div>${await answer.text()}</div>`, "text/html").body.firstElementChild
    if (fresh.innerHTML.trim() === html.trim() || busy()) return
    html = fresh.innerHTML
    now.replaceChildren(...fresh.childNodes)
    for (const form of now.querySelectorAll("form[data-once]")) once(form)
    tellTimes(now)
    status.textContent = now.querySelector("h2")?.textContent ?? ""
  }

  const mayLook = () => document.visibilityState === "visible" && look().catch(() => {})
  setInterval(mayLook, refreshMs)
  document.addEventListener("visibilitychange", mayLook)
}
