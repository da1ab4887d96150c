// The keys and the clock of a kiosk. Without this file the fields are typed into as anywhere, and
// the page leaves by its own refresh.
"use strict";

const { seconds: given, out } = document.body.dataset;
const find = (id) => document.getElementById(id);
const still = find("still");
const WARNED = Math.min(20, given / 3); // seconds; WCAG 2.2.1 asks for 20

// ---------------------------------------------------------------------------------------- clock

let end = performance.now() + given * 1000;
let asked = performance.now();
let touched = false;

function leave() {
  // What was here is gone at once, also when the line is slow.
  document.querySelector("main").replaceChildren();
  location.replace(out);
}

async function stay() {
  asked = performance.now();
  const body = new URLSearchParams(new FormData(still));
  const headers = { Accept: "application/json" };
  try {
    const answer = await fetch(still.action, { method: "POST", body, headers });
    if (answer.ok) end = performance.now() + answer.headers.get("Session-Seconds") * 1000;
    else if (answer.status < 500) leave();
  } catch {
    // The line is away: the clock goes on.
  }
  tick();
}

// Whoever types or presses is there; the site is told of it now and then.
function noticed() {
  touched = true;
  if (!still) end = performance.now() + given * 1000;
  else if (performance.now() - asked > given * 1000 / 6) stay();
}

function tick() {
  const left = Math.max(0, Math.ceil((end - performance.now()) / 1000));
  if (still) {
    find("left").querySelector("strong").textContent = left;
    find("soon").hidden = left > WARNED;
  }
  if (left > 0) return;
  if (still || touched) leave();
  else end = performance.now() + given * 1000;
}

if (still) {
  find("left").hidden = false;
  find("here").addEventListener("click", (event) => {
    event.preventDefault();
    stay();
  });
}
for (const kind of ["input", "keydown", "pointerdown"]) addEventListener(kind, noticed, true);
addEventListener("pageshow", (event) => event.persisted && leave());
setInterval(tick, 250);

// ----------------------------------------------------------------------------------------- keys

const pad = find("pad");
if (pad) {
  const fields = [...pad.closest("form").querySelectorAll(".field input")];
  let typed = fields.find((field) => !field.value) ?? fields[0];

  const into = (field) => {
    typed = field;
    for (const each of fields) each.classList.toggle("typed", each === field);
    if (find("more")) find("more").disabled = field.id !== "badge";
    if (find("letters") && field.id !== "badge") spell(false);
  };
  const spell = (shown) => {
    find("letters").hidden = !shown;
    find("more").setAttribute("aria-expanded", shown);
  };

  for (const field of fields) {
    field.inputMode = "none"; // no second keyboard over these keys
    field.addEventListener("focus", () => into(field));
    field.addEventListener("keydown", (event) => {
      // A reader types the number and Enter: then the next field is due.
      const next = fields[fields.indexOf(field) + 1];
      if (event.key === "Enter" && next) {
        event.preventDefault();
        next.focus();
      }
    });
  }
  pad.addEventListener("click", (event) => {
    const key = event.target.closest("button")?.dataset.key;
    if (key === "back") typed.value = typed.value.slice(0, -1);
    else if (key === "letters") spell(find("letters").hidden);
    else if (key && typed.value.length < typed.maxLength) typed.value += key;
  });
  pad.hidden = false;
  into(typed);
}
