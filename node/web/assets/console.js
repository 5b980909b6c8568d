// The console with scripts: links and secrets are copied by a button, and the
// page of the network shows what arrives while somebody looks. Without this
// file the buttons are not there, and the page is as old as it was loaded.

const pauseMs = 400

document.querySelector(".console-nav [aria-current]")?.scrollIntoView({block: "nearest", inline: "center"}) // on a phone the menu is wider than the screen

for (const button of document.querySelectorAll("[data-copy]")) {
  const source = document.getElementById(button.dataset.copy)
  const text = () => source.value ?? source.textContent
  if (!navigator.clipboard || !source) continue // http on a name that is not this machine's
  button.hidden = false
  button.addEventListener("click", async () => {
    const said = button.textContent
    try {
      await navigator.clipboard.writeText(text())
    } catch {
      source.select?.() // refused: what is chosen can be copied by hand
      return
    }
    button.textContent = button.dataset.copied
    say(button.dataset.copied)
    setTimeout(() => (button.textContent = said), 2000)
  })
}

for (const button of document.querySelectorAll("[data-print]")) {
  button.hidden = false
  button.addEventListener("click", () => print())
}

for (const field of document.querySelectorAll("input[readonly]")) field.addEventListener("focus", () => field.select())

let status

function say(text) {
  if (!status) {
    status = document.createElement("p")
    status.className = "visually-hidden"
    status.setAttribute("role", "status")
    document.body.append(status)
  }
  status.textContent = text
}

// The live part of a page is read again whenever something happens, at most
// every pauseMs: the page itself stays the one place that says what is shown.
const events = ["record-stored", "record-removed", "peer-connected", "peer-disconnected", "catch-up-done", "catch-up-failed", "gap"]
const live = document.querySelector("[data-console-live]")
let stream, timer, refused = false

async function refresh() {
  timer = undefined
  const answer = await fetch(location.pathname, {headers: {Accept: "text/html"}})
  if (!answer.ok) return // the session ended: what is shown stays
  const page = new DOMParser().parseFromString(await answer.text(), "text/html")
  const fresh = page.getElementById(live.id)
  if (!fresh || fresh.innerHTML === live.innerHTML) return
  const before = new Set([...live.querySelectorAll("[data-arrivals] li")].map((li) => li.id))
  live.replaceChildren(...fresh.childNodes)
  const come = [...live.querySelectorAll("[data-arrivals] li")].filter((li) => !before.has(li.id))
  for (const li of come) li.classList.add("is-new")
  if (come.length) say(come.slice(0, 3).map((li) => li.textContent.trim()).join(", "))
}

function listen() {
  stream?.close()
  stream = undefined
  if (refused || document.visibilityState !== "visible") return
  stream = new EventSource("/api/v1/events")
  stream.onerror = () => (refused = stream?.readyState === EventSource.CLOSED)
  for (const type of events) stream.addEventListener(type, () => (timer ??= setTimeout(() => refresh().catch(() => {}), pauseMs)))
}

if (live) {
  listen()
  document.addEventListener("visibilitychange", () => {
    listen()
    if (stream) refresh().catch(() => {}) // what came while nobody looked
  })
}
