// Keeps a page as it would be if it were opened now. The page is asked for again and its parts are exchanged:
// what the server wrote is shown as the server wrote it, so nothing is made of data here.
//
// [data-live] says how often to look (data-every, in milliseconds). With data-watch it first asks there for
// the reading, and asks for the page only where that shows another one.
"use strict";

const root = document.querySelector("[data-live]");
const parts = new Map();
for (const part of document.querySelectorAll("[data-part]")) parts.set(part.id, part.innerHTML);

let shown = null; // the reading that the page shows, as far as one can see it
let failures = 0;

const visible = (reading) => JSON.stringify([
  reading.revision, reading.band, reading.health.toFixed(1), reading.trend.toFixed(0),
  reading.recognition.toFixed(0), reading.responsiveness.toFixed(0), reading.confidence.toFixed(2),
]);

async function changed() {
  const { watch, revision } = root.dataset;
  if (!watch) return true;
  const answer = await fetch(watch, { headers: { Accept: "application/json" } });
  if (!answer.ok) throw new Error(answer.statusText);
  const reading = await answer.json();
  const seen = visible(reading);
  if (shown === null && String(reading.revision) === revision) shown = seen;
  if (seen === shown) return false;
  shown = seen;
  return true;
}

async function renew() {
  const answer = await fetch(location.href, { headers: { Accept: "text/html" } });
  if (!answer.ok) throw new Error(answer.statusText);
  const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
  for (const [id, before] of parts) {
    const theirs = fresh.getElementById(id);
    if (theirs !== null && theirs.innerHTML !== before) exchange(document.getElementById(id), theirs);
  }
}

function exchange(part, fresh) {
  parts.set(part.id, fresh.innerHTML);
  for (const open of part.querySelectorAll("details[open]")) {
    fresh.querySelector(`details[id="${open.id}"]`)?.setAttribute("open", "");
  }
  const place = part.contains(document.activeElement)
    ? [...part.querySelectorAll("a, summary, [tabindex]")].indexOf(document.activeElement) : -1;
  part.className = fresh.className;
  part.replaceChildren(...fresh.childNodes);
  if (place >= 0) part.querySelectorAll("a, summary, [tabindex]")[place]?.focus({ preventScroll: true });
  part.classList.remove("renewed");
  void part.offsetWidth; // so that the animation begins anew
  part.classList.add("renewed");
}

async function look() {
  try {
    if (!document.hidden && await changed()) await renew();
    failures = 0;
  } catch {
    failures += 1;
    shown = "";
  }
  const place = document.getElementById("connection");
  place.textContent = failures > 1 ? place.dataset.lost : "";
  setTimeout(look, Number(root.dataset.every) * Math.min(1 + failures, 5));
}

setTimeout(look, Number(root.dataset.every));
