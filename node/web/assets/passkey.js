// Passkeys: coming in with one, and making one. Without this file, or in a
// browser that has none, the page says that a link is enough, and the buttons
// stay hidden.

const bytes = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (c) => c.charCodeAt(0))
const text = (buffer) => btoa(String.fromCharCode(...new Uint8Array(buffer))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "")

// Browsers from 2025 on read and write this JSON by themselves; phones are
// older than that.
function readOptions(options) {
  const read = {...options, challenge: bytes(options.challenge)}
  if (options.user) read.user = {...options.user, id: bytes(options.user.id)}
  for (const list of ["allowCredentials", "excludeCredentials"]) {
    if (options[list]) read[list] = options[list].map((c) => ({...c, id: bytes(c.id)}))
  }
  return read
}

function writeCredential(made) {
  const response = {clientDataJSON: text(made.response.clientDataJSON)}
  for (const part of ["attestationObject", "authenticatorData", "signature", "userHandle"]) {
    if (made.response[part]) response[part] = text(made.response[part])
  }
  if (made.response.getTransports) response.transports = made.response.getTransports()
  return {
    id: made.id, rawId: text(made.rawId), type: made.type, response, clientExtensionResults: made.getClientExtensionResults(),
    ...(made.authenticatorAttachment && {authenticatorAttachment: made.authenticatorAttachment}),
  }
}

async function tell(address, body) {
  const answer = await fetch(address, {method: "POST", headers: {"Content-Type": "application/json"}, body: JSON.stringify(body ?? {})})
  const said = await answer.json()
  if (!answer.ok) throw new Refused(said.problem)
  return said
}

class Refused extends Error {}

async function enter() {
  const {options} = await tell("/acces/entrer/commencer")
  const credential = await navigator.credentials.get({publicKey: readOptions(options.publicKey)})
  return tell("/acces/entrer/finir", {credential: writeCredential(credential)})
}

async function add(form) {
  const {options} = await tell("/acces/cles/commencer")
  const credential = await navigator.credentials.create({publicKey: readOptions(options.publicKey)})
  return tell("/acces/cles/finir", {name: new FormData(form).get("name"), credential: writeCredential(credential)})
}

async function run(place, ceremony) {
  const says = document.querySelector("[data-passkey-says]")
  says.textContent = ""
  place.toggleAttribute("data-busy", true)
  try {
    const {to} = await ceremony(place)
    location.assign(to)
  } catch (error) {
    // What the browser says of a cancelled ceremony is for programmers. It
    // names one case that people can act on: the device has a passkey already.
    if (error instanceof Refused && error.message) says.textContent = error.message
    else says.textContent = error.name === "InvalidStateError" && place.dataset.held || place.dataset.failed
  } finally {
    place.toggleAttribute("data-busy", false)
  }
}

if (window.PublicKeyCredential && navigator.credentials) {
  for (const place of document.querySelectorAll("[data-passkey]")) {
    const begin = (event) => {
      event.preventDefault()
      if (!place.hasAttribute("data-busy")) run(place, place.dataset.passkey === "add" ? add : enter)
    }
    place.addEventListener(place.matches("form") ? "submit" : "click", begin)
    place.hidden = false
  }
  for (const plain of document.querySelectorAll(".access-plain")) plain.hidden = true
}
