// The desk: shows live prompts and sends what an agent does with them. Whatever comes from the API is set as
// text, never as markup. The server decides everything; this only shows it.
"use strict";

const texts = JSON.parse(document.getElementById("texts").dataset.texts);
const { zone } = document.getElementById("texts").dataset; // the clock of the business, as in its sentences
const language = document.documentElement.lang === "en" ? "en-GB" : document.documentElement.lang;
const list = document.getElementById("prompts");
const known = new Map(); // prompts by id, as the server last told them
const cards = new Map(); // their elements

const clock = new Intl.DateTimeFormat(language, { hour: "2-digit", minute: "2-digit", timeZone: zone });
const moment = new Intl.DateTimeFormat(language, {
  day: "numeric", month: "short", hour: "2-digit", minute: "2-digit", timeZone: zone,
});
const money = new Intl.NumberFormat(language, { maximumFractionDigits: 2 });
const number = new Intl.NumberFormat(language, { maximumFractionDigits: 0 });

const MOST_FACTS = 3; // so many lie open beside the reason

const fill = (text, values) => text.replace(/\{(\w+)\}/g, (_, name) => values[name]);
const part = (card, name) => card.querySelector(`[data-is="${name}"]`);
const say = (text) => { document.getElementById("said").textContent = text; };

// --- who is here ----------------------------------------------------------------------------------------

const me = () => localStorage.getItem("egard.agent");

function introduce() {
  const name = me();
  document.getElementById("introduction").hidden = Boolean(name);
  document.getElementById("present").hidden = !name;
  document.getElementById("you").textContent = name ? fill(texts.you_are, { name }) : "";
  if (!name) document.getElementById("name").focus();
  show();
}

document.getElementById("introduction").addEventListener("submit", (event) => {
  event.preventDefault();
  const name = document.getElementById("name").value.trim();
  if (name) localStorage.setItem("egard.agent", name);
  introduce();
});

document.getElementById("change").addEventListener("click", () => {
  document.getElementById("name").value = me() ?? "";
  localStorage.removeItem("egard.agent");
  introduce();
});

// --- showing --------------------------------------------------------------------------------------------

const held = (prompt) => prompt.state === "claimed" && new Date(prompt.lease_until) > new Date();
const mine = (prompt) => held(prompt) && prompt.agent_id === me();
const asleep = (prompt) => prompt.state === "snoozed"; // shown to whoever put it off, and to nobody else
const offered = (prompt) =>
  (prompt.offered_to && new Date(prompt.offered_until) > new Date() ? prompt.offered_to : null);

// Mine, offered to me, anybody's, offered to a colleague, with a colleague, put off by me.
function group(prompt) {
  if (asleep(prompt)) return 5;
  if (held(prompt)) return mine(prompt) ? 0 : 4;
  const to = offered(prompt);
  return to === null ? 2 : to === me() ? 1 : 3;
}

function age(since) {
  const minutes = Math.floor((Date.now() - new Date(since)) / 60000);
  if (minutes < 1) return texts.fresh;
  const [value, unit] = minutes < 60 ? [minutes, "minute"]
    : minutes < 1440 ? [Math.round(minutes / 60), "hour"] : [Math.round(minutes / 1440), "day"];
  const said = new Intl.NumberFormat(language, { style: "unit", unit, unitDisplay: "long" }).format(value);
  return fill(texts.since, { age: said });
}

function show() {
  const prompts = [...known.values()]
    .filter((prompt) => !asleep(prompt) || prompt.agent_id === me())
    .sort((one, other) =>
      group(one) - group(other)
      || other.priority - one.priority
      || one.prompted_at.localeCompare(other.prompted_at));
  const shown = new Set(prompts.map((prompt) => prompt.id));
  for (const [id, card] of cards) {
    if (!shown.has(id)) { card.remove(); cards.delete(id); }
  }
  const focused = document.activeElement;
  let before = list.firstElementChild;
  for (const prompt of prompts) {
    if (!cards.has(prompt.id)) cards.set(prompt.id, newCard(prompt.id));
    const card = cards.get(prompt.id);
    write(card, prompt);
    if (card === before) before = before.nextElementSibling;
    else list.insertBefore(card, before);
  }
  if (focused !== document.activeElement && list.contains(focused)) focused.focus();
  document.getElementById("none").hidden = !prompts.every(asleep);
  count(prompts);
}

function count(prompts) {
  const open = prompts.filter((prompt) => !held(prompt) && !asleep(prompt));
  document.getElementById("counts").textContent = fill(texts.counts, {
    open: number.format(open.length),
    others: number.format(prompts.filter((prompt) => group(prompt) === 4).length),
    mine: number.format(prompts.filter(mine).length),
    minutes: number.format(open.reduce((sum, prompt) => sum + prompt.minutes, 0)),
  });
}

function write(card, prompt) {
  const customer = part(card, "customer");
  customer.textContent = prompt.customer;
  customer.href = `/customers/${encodeURIComponent(prompt.customer)}`;
  const names = new Intl.ListFormat(language).format(prompt.aliases);
  part(card, "aliases").textContent = names && fill(texts.aliases, { names });
  part(card, "trigger").textContent = texts[prompt.trigger] ?? prompt.trigger;
  part(card, "why").textContent = prompt.why;
  part(card, "care").textContent = fill(texts.care, { minutes: number.format(prompt.minutes) });
  const since = part(card, "since");
  since.dateTime = prompt.prompted_at;
  since.title = moment.format(new Date(prompt.prompted_at));
  since.textContent = age(prompt.prompted_at);
  part(card, "holder").textContent = holder(prompt);
  writeOffer(part(card, "offered"), prompt);
  writeRecord(part(card, "record"), prompt.customer_url);
  writeFacts(part(card, "facts"), prompt.facts.slice(1, 1 + MOST_FACTS));
  writeBrief(card, prompt);
  const elsewhere = group(prompt) === 4;
  card.classList.toggle("elsewhere", elsewhere || asleep(prompt));
  part(card, "actions").hidden = !me() || elsewhere;
  card.querySelector("[data-act=claim]").hidden = held(prompt);
  card.querySelector("[data-act=release]").hidden = !held(prompt);
  card.querySelector("[data-opens=done]").hidden = !held(prompt);
  card.querySelector("[data-opens=renegotiate]").hidden = !prompt.brief?.promises.length;
  writeForms(card, elsewhere ? prompt.agent_id : null);
}

function holder(prompt) {
  if (asleep(prompt)) {
    const until = prompt.snoozed_until;
    return `${until ? fill(texts.asleep, { until: moment.format(new Date(until)) }) : texts.asleep_awaiting} ·`;
  }
  if (!held(prompt)) return "";
  const said = mine(prompt) ? texts.yours : texts.theirs;
  return `${fill(said, { name: prompt.agent_id, until: clock.format(new Date(prompt.lease_until)) })} ·`;
}

// What an agent was about to say is put aside when a colleague was faster, and they are told why; it is there
// again when they open the form once more.
function writeForms(card, holder) {
  const alert = part(card, "alert");
  const open = [...card.querySelectorAll("form")].filter((form) => !form.hidden);
  if (holder !== null && open.length > 0) {
    for (const form of open) form.hidden = true;
    alert.textContent = fill(texts.claimed, { agent_id: holder });
    alert.dataset.holder = holder;
  } else if (holder === null && alert.dataset.holder) {
    alert.textContent = "";
    delete alert.dataset.holder;
  }
}

function writeOffer(place, prompt) {
  const to = held(prompt) ? null : offered(prompt);
  place.hidden = to === null;
  if (to === null) return;
  place.textContent = to === me() ? texts.for_you : fill(texts.for_other, {
    name: to, until: clock.format(new Date(prompt.offered_until)),
  });
}

function writeRecord(link, url) {
  const usable = typeof url === "string" && /^https?:\/\//.test(url);
  link.hidden = !usable;
  if (usable) link.href = url;
}

function writeFacts(place, facts, dated = true) {
  place.hidden = facts.length === 0;
  place.replaceChildren(...facts.map((fact) => {
    const item = document.createElement("li");
    item.title = `${fact.source} ${fact.id}`;
    if (!dated) { item.textContent = fact.text; return item; }
    const when = document.createElement("time");
    when.dateTime = fact.at;
    when.className = "quiet small";
    when.textContent = moment.format(new Date(fact.at));
    item.append(`${fact.text} `, when);
    return item;
  }));
}

function writeBrief(card, prompt) {
  // What is owed and stands above as a reason is not said twice; a new date can be agreed for it below.
  const read = new Set(prompt.facts.slice(0, 1 + MOST_FACTS).map((fact) => `${fact.source} ${fact.id}`));
  for (const section of card.querySelectorAll("[data-section]")) {
    const { section: name } = section.dataset;
    const all = prompt.brief?.[name] ?? [];
    const facts = name === "promises" ? all.filter((fact) => !read.has(`${fact.source} ${fact.id}`)) : all;
    section.hidden = facts.length === 0;
    writeFacts(section.querySelector("ul"), facts, name !== "openings");
  }
  part(card, "latitude").textContent = prompt.latitude;
  part(card, "left").textContent = fill(texts.left, { amount: money.format(prompt.gesture_left) });
  const promise = part(card, "promise");
  const chosen = promise.value;
  const [why] = prompt.facts;
  promise.replaceChildren(...(prompt.brief?.promises ?? []).map((owed) => {
    const meant = owed.source === why.source && owed.id === why.id; // the one that the prompt is about
    return new Option(owed.text, owed.promise_id, meant, meant);
  }));
  if ([...promise.options].some((option) => option.value === chosen)) promise.value = chosen;
}

// --- times on the clock of the business -----------------------------------------------------------------

const wall = new Intl.DateTimeFormat("en", {
  year: "numeric", month: "numeric", day: "numeric", hour: "numeric", minute: "numeric",
  hourCycle: "h23", timeZone: zone,
});

function wallTime(instant) {
  const parts = {};
  for (const { type, value } of wall.formatToParts(new Date(instant))) parts[type] = Number(value);
  return Date.UTC(parts.year, parts.month - 1, parts.day, parts.hour, parts.minute);
}

const written = (instant) => new Date(wallTime(instant)).toISOString().slice(0, 16);

function instantOf(text) {
  const meant = Date.parse(`${text}Z`);
  let instant = meant;
  for (let turn = 0; turn < 2; turn += 1) instant += meant - wallTime(instant);
  return new Date(instant).toISOString();
}

// --- acting ---------------------------------------------------------------------------------------------

function newCard(id) {
  const card = document.getElementById("prompt").content.firstElementChild.cloneNode(true);
  for (const button of card.querySelectorAll("[data-act]")) {
    button.addEventListener("click", () => act(id, button.dataset.act, {}));
  }
  for (const button of card.querySelectorAll("[data-opens]")) {
    button.addEventListener("click", () => openForm(card, id, button.dataset.opens));
  }
  for (const button of card.querySelectorAll("[data-closes]")) {
    button.addEventListener("click", () => {
      button.closest("form").hidden = true;
      card.querySelector(".actions button:not([hidden])").focus();
    });
  }
  const to = card.querySelector("[name=to]");
  to.addEventListener("input", () => to.setCustomValidity(to.value.trim() === me() ? texts.yourself : ""));
  for (const form of card.querySelectorAll("form")) {
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      act(id, form.dataset.form, answers(form));
    });
  }
  return card;
}

function openForm(card, id, name) {
  for (const form of card.querySelectorAll("form")) form.hidden = form.dataset.form !== name;
  const form = card.querySelector(`[data-form="${name}"]`);
  if (name === "done" && !form.elements.minutes.value) form.elements.minutes.value = known.get(id).minutes;
  for (const field of form.querySelectorAll("[type=datetime-local]")) {
    field.min = written(Date.now() + 60000); // the browser says so of an earlier one, in the agent's language
    if (!field.value) field.value = written(Date.now() + 3600000);
  }
  form.querySelector("input, textarea, select").focus();
}

function answers(form) {
  const given = {};
  for (const field of form.querySelectorAll("input, textarea, select")) {
    const value = field.value.trim();
    if (field.type === "checkbox") given[field.name] = field.checked;
    else if (!value) continue;
    else if (field.type === "number") given[field.name] = Number(value);
    else given[field.name] = field.type === "datetime-local" ? instantOf(value) : value;
  }
  return given;
}

async function act(id, what, more) {
  const card = cards.get(id);
  const { customer } = known.get(id);
  const buttons = [...card.querySelectorAll("button")];
  const pressed = document.activeElement; // a button that is disabled loses the focus
  part(card, "alert").textContent = "";
  for (const button of buttons) button.disabled = true;
  try {
    const answer = await fetch(`/v1/prompts/${encodeURIComponent(id)}/${what}`, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ agent_id: me(), ...more }),
    });
    const body = await answer.json();
    if (!answer.ok) {
      part(card, "alert").textContent = body.detail ?? texts.failed;
      await load();
    } else {
      for (const form of card.querySelectorAll("form")) { form.hidden = true; form.reset(); }
      if (what === "claim") part(card, "brief").open = true;
      take(body);
      const closing = texts[`closed_${what}`];
      if (closing) say(fill(closing, { customer }));
      (known.has(id) ? part(card, "customer") : document.getElementById("content")).focus();
    }
  } catch {
    part(card, "alert").textContent = texts.failed;
  } finally {
    for (const button of buttons) button.disabled = false;
    show();
    if (document.activeElement === document.body) pressed.focus();
  }
}

// --- following ------------------------------------------------------------------------------------------

// What the stream says while the list is being read waits: it may be newer than the list, and goes on top.
let waiting = null;

function take(prompt) {
  if (waiting !== null) { waiting.push(prompt); return; }
  const isNew = !known.has(prompt.id) || asleep(known.get(prompt.id));
  if (["open", "claimed", "snoozed"].includes(prompt.state)) {
    known.set(prompt.id, prompt);
    if (isNew && prompt.state === "open") say(fill(texts.arrived, { customer: prompt.customer }));
  } else {
    known.delete(prompt.id);
  }
  show();
}

async function listed(states) {
  const answer = await fetch(`/v1/prompts?${states}`);
  if (!answer.ok) throw new Error(answer.statusText);
  return (await answer.json()).prompts;
}

let reading = null;
const load = () => (reading ??= read().finally(() => { reading = null; }));

async function read() {
  waiting ??= [];
  try {
    // What was put off is asked for by itself, so that it takes nobody's place in a long list.
    const lists = await Promise.all([listed("state=open&state=claimed"), listed("state=snoozed")]);
    known.clear();
    for (const prompt of lists.flat()) known.set(prompt.id, prompt);
    document.getElementById("none").textContent = texts.none;
    lost(false);
  } catch {
    lost(true);
    setTimeout(load, 3000);
    return;
  }
  const since = waiting;
  waiting = null;
  for (const prompt of since) take(prompt);
  show();
}

function lost(isLost) {
  const place = document.getElementById("connection");
  place.textContent = isLost ? place.dataset.lost : "";
}

function follow() {
  const stream = new EventSource("/v1/prompts/stream");
  stream.addEventListener("open", load);
  stream.addEventListener("prompt", (event) => take(JSON.parse(event.data)));
  stream.addEventListener("error", () => {
    lost(true);
    if (stream.readyState === EventSource.CLOSED) setTimeout(follow, 3000);
  });
}

introduce();
follow();
setInterval(show, 15000); // waiting times grow, and leases end
