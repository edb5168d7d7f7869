import { tinykeys } from "../vendor/tinykeys/tinykeys.module.js";
import { counted } from "./language.js";

const MOST = 12;
const PAUSE = 120;
const ALIKE = 30;
const MEANT = 95;
const plain = (text) => (text ?? "").normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase().trim().replace(/\s+/g, " ");

function startsWords(text, query) {
  const words = text.split(/[^\p{L}\p{N}]+/u);
  let at = 0;
  return query.split(" ").every((part) => {
    while (at < words.length && !words[at].startsWith(part)) at += 1;
    return at++ < words.length;
  });
}

function spread(text, query) {
  let at = -1;
  return [...query].every((letter) => letter === " " || (at = text.indexOf(letter, at + 1)) !== -1);
}

/* What can be done with what one looks at is meant by its verb alone, or with this very invoice behind it: whatever else
   is typed, such as the beginning of a number, may be about another one, which only the server knows. */
function scoreHere(item, query) {
  const forms = [item.verb, ...item.keywords.split(",")].map(plain);
  const name = item.here.map(plain).find((each) => query.endsWith(` ${each}`)) ?? "";
  const verb = query.slice(0, query.length - name.length).trim();
  /* It comes before all else that begins with the same word. */
  if (forms.includes(verb)) return name ? 100 : MEANT;
  if (forms[0].startsWith(verb)) return 90;
  if (startsWords(forms[0], verb)) return 80;
  return forms.some((form) => startsWords(form, verb)) ? 60 : 0;
}

export function score(item, typed) {
  const query = plain(typed);
  const label = plain(item.label);
  const more = plain(item.keywords);
  if (!query) return 1;
  if (item.here) return scoreHere(item, query);
  const said = more.split(/, ?/).includes(query);
  if (label === query) return 100;
  if (label.startsWith(query)) return 90;
  if (startsWords(label, query)) return 80;
  if (label.includes(query)) return 70;
  if (said) return 65;
  if (startsWords(more, query)) return 60;
  if (startsWords(`${label} ${more}`, query)) return 50;
  /* Beneath what is called so stands what lies there: the pages of the settings. */
  if (startsWords(`${plain(item.hint)} ${label} ${more}`, query)) return 40;
  if (spread(label, query)) return ALIKE;
  return 0;
}

/* Rows that were found stand beneath the pages that are called so, and before those that only have the letters.
   A verb that is typed already is not offered to be typed. */
export function rank(items, typed, found = []) {
  const begun = `${plain(typed)} `;
  const hits = items
    .filter((item) => !item.fills || !begun.startsWith(`${plain(item.fills)} `))
    .map((item, place) => ({ item, place, points: score(item, typed) }))
    .filter((hit) => hit.points > 0)
    .sort((a, b) => b.points - a.points || a.place - b.place)
    .slice(0, MOST);
  const [called, alike] = [true, false].map((is) => hits.filter((hit) => hit.points > ALIKE === is));
  const offered = new Set(hits.map((hit) => hit.item.href));
  const others = found.filter((item) => !offered.has(item.href));
  return [...called.map((hit) => hit.item), ...others, ...alike.map((hit) => hit.item)];
}

function draw(item, number) {
  const row = document.createElement("li");
  row.className = "palette-item";
  row.id = `palette-option-${number}`;
  row.setAttribute("role", "option");
  row.setAttribute("aria-selected", "false");
  const label = document.createElement("span");
  label.className = "palette-label";
  label.textContent = item.label;
  row.append(label);
  if (item.hint) {
    const hint = document.createElement("span");
    hint.className = "hint";
    hint.textContent = item.hint;
    row.append(hint);
  }
  return row;
}

/* Asks the server what fits, a moment after the last key; an answer to what is no longer typed is not waited for.
   `tell` gets what was found, or why nothing was looked for. */
function finder(url, tell) {
  let timer = null;
  let asking = null;
  return (typed) => {
    clearTimeout(timer);
    asking?.abort();
    if (!typed.trim()) return tell([]);
    timer = setTimeout(async () => {
      asking = new AbortController();
      const { signal } = asking;
      try {
        const answer = await fetch(`${url}?q=${encodeURIComponent(typed)}`, { credentials: "same-origin", signal });
        const isSaid = answer.ok || answer.status === 401;
        const { found = [], error = "" } = isSaid ? await answer.json() : {};
        tell(found, error);
      } catch {
        if (!signal.aborted) tell([]);
      }
    }, PAUSE);
  };
}

export function startPalette() {
  const dialog = document.getElementById("palette");
  const source = document.getElementById("palette-items");
  if (!dialog || !source) return;
  const items = JSON.parse(source.textContent);
  const input = dialog.querySelector("[role=combobox]");
  const list = dialog.querySelector("[role=listbox]");
  const nothing = dialog.querySelector("[data-nothing]");
  const nobody = nothing.textContent;
  const count = dialog.querySelector("[data-count]");
  let hits = [];
  let found = [];
  let chosen = 0;
  let hurried = false;

  function choose(place) {
    chosen = hits.length ? (place + hits.length) % hits.length : 0;
    [...list.children].forEach((row, number) => row.setAttribute("aria-selected", String(number === chosen)));
    const row = list.children[chosen];
    if (row) input.setAttribute("aria-activedescendant", row.id);
    else input.removeAttribute("aria-activedescendant");
    row?.scrollIntoView({ block: "nearest" });
  }

  function show(place) {
    hits = rank(items, input.value, found);
    list.replaceChildren(...hits.map(draw));
    choose(place);
  }

  const ask = finder(dialog.dataset.finds, (rows, why = "") => {
    found = rows;
    show(chosen);
    nothing.textContent = why || nobody;
    nothing.hidden = hits.length > 0 && !why;
    count.textContent = hits.length && !why ? counted(count, hits.length) : nothing.textContent;
    if (hurried) go(0);
  });

  function type(words) {
    input.value = words;
    look();
  }

  function look() {
    found = [];
    hurried = false;
    nothing.hidden = true;
    show(0);
    ask(input.value);
  }

  function open() {
    if (dialog.open) return;
    type("");
    dialog.showModal();
    input.focus();
  }

  function go(place) {
    const hit = hits[place];
    if (hit?.fills) type(hit.fills);
    else if (hit) location.assign(hit.href);
    /* Who pastes a number and presses Enter at once is led on as soon as it is found. */
    else hurried = true;
  }

  input.addEventListener("input", look);
  input.addEventListener("keydown", (event) => {
    const moves = {
      ArrowDown: () => choose(chosen + 1),
      ArrowUp: () => choose(chosen - 1),
      Enter: () => go(chosen),
      Escape: () => dialog.close(), // a search field would first only be emptied
    };
    if (event.isComposing || !moves[event.key]) return;
    event.preventDefault();
    moves[event.key]();
  });
  list.addEventListener("click", (event) => go([...list.children].indexOf(event.target.closest("[role=option]"))));
  list.addEventListener("pointermove", (event) => {
    const place = [...list.children].indexOf(event.target.closest("[role=option]"));
    if (place >= 0 && place !== chosen) choose(place);
  });
  document.addEventListener("click", (event) => event.target.closest("[data-palette]") && open());
  tinykeys(window, {
    "$mod+k": (event) => {
      event.preventDefault();
      if (!document.querySelector("dialog[open]")) open();
    },
  });
}
