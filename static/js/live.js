import { words } from "./language.js";
import { toast } from "./toast.js";

/* Milliseconds between two looks. While nothing happens they grow rarer, and rarer still while nobody answers. */
const SOONEST = 2000;
const QUIET = 10_000;
const UNANSWERED = 60_000;
const SLOWER = 1.4;

/* Boxes of rows are none of it: their ticks are carried over. */
const TYPED = "input:not([name=rowid], [data-tick-all]), textarea";

/* Work in progress is worth more than freshness: what someone is typing in, has opened or has changed stays. */
function inUse(element) {
  const focused = document.activeElement;
  if (element.contains(focused) && focused.matches(`${TYPED}, select, [contenteditable]`)) return true;
  const open = "dialog[open], details.menu[open], [aria-busy=true]";
  if (element.matches(open) || element.querySelector(open)) return true;
  return [...element.querySelectorAll(TYPED)].some((field) =>
    ["checkbox", "radio"].includes(field.type) ? field.checked !== field.defaultChecked : field.value !== field.defaultValue);
}

function keepTicks(before, after) {
  for (const box of before.querySelectorAll("input[name=rowid]:checked")) {
    const twin = after.querySelector(`input[name=rowid][value="${CSS.escape(box.value)}"]`);
    if (twin) twin.checked = true;
  }
}

/* What a person unfolded is not the server's to fold. */
function keepOpen(before, after) {
  for (const group of before.querySelectorAll("details[data-remember], details[id]")) {
    const { id, dataset: { remember } } = group;
    const twin = after.querySelector(id ? `#${CSS.escape(id)}` : `details[data-remember="${CSS.escape(remember)}"]`);
    if (twin) twin.open = group.open;
  }
}

function keepFocus(before, after) {
  const focused = document.activeElement;
  if (!before.contains(focused)) return () => {};
  const spots = "a[href], button, summary, input[name=rowid]";
  const place = [...before.querySelectorAll(spots)].indexOf(focused);
  const twin = focused.id ? after.querySelector(`#${CSS.escape(focused.id)}`) : after.querySelectorAll(spots)[place];
  return () => twin?.focus({ preventScroll: true });
}

/* What was said about a press goes once the page shows what became of it. */
function passOn() {
  for (const message of document.querySelectorAll("[data-passing]")) message.remove();
}

export function swap(fresh) {
  let complete = true;
  for (const element of document.querySelectorAll("[data-live][id]")) {
    const twin = fresh.getElementById(element.id);
    if (!twin) continue;
    keepOpen(element, twin);
    if (twin.isEqualNode(element)) continue;
    if (inUse(element)) {
      complete = false;
      continue;
    }
    const next = document.importNode(twin, true);
    keepTicks(element, next);
    const refocus = keepFocus(element, next);
    element.replaceWith(next);
    passOn();
    refocus();
    next.dispatchEvent(new CustomEvent("paydesk:fresh", { bubbles: true }));
  }
  return complete;
}

/* What ends the refreshing: what is said, and the words of the link that loads the page again. */
class Ended extends Error {
  constructor(text, label) {
    super(text);
    this.label = label;
  }
}

const signedOut = () => new Ended(words.signedOut, words.signIn);
const noLonger = () => new Ended(words.noLonger, words.loadAgain);
const pathOf = (url) => new URL(url, location.href).pathname;

async function get(url) {
  const answer = await fetch(url, { cache: "no-store", credentials: "same-origin", headers: { "X-Paydesk": "1" } });
  const isElsewhere = answer.redirected && pathOf(answer.url) !== pathOf(url);
  if (answer.status === 401 || (isElsewhere && pathOf(answer.url) === document.body.dataset.signIn)) throw signedOut();
  if (answer.status === 403 || isElsewhere) throw noLonger();
  if (!answer.ok) throw new Error(String(answer.status));
  return answer;
}

/* Tabs that were opened together, or lost the server together, shall not ask together. */
function spread(pause) {
  return pause * (0.8 + 0.4 * Math.random());
}

export function startLive() {
  const { pulse: url, pulseValue } = document.body.dataset;
  if (!url) return;
  let known = pulseValue ?? null;
  let pause = SOONEST;
  let timer = null;
  let looking = false;

  /* Whether there was news. What is under way moves on without a word in any timeline, so that is looked at each time. */
  async function look() {
    const { pulse } = await (await get(url)).json();
    const isUnderWay = document.querySelector("[data-under-way]") !== null;
    if (!isUnderWay && known !== null && String(pulse) === String(known)) return false;
    const html = await (await get(location.href)).text();
    /* The number read before the page is the safe one: a change in between is seen next time. */
    if (swap(new DOMParser().parseFromString(html, "text/html"))) known = pulse;
    return true;
  }

  function later() {
    clearTimeout(timer);
    if (!document.hidden) timer = setTimeout(tick, spread(pause));
  }

  async function tick() {
    if (looking || document.hidden) return;
    looking = true;
    try {
      pause = (await look()) ? SOONEST : Math.min(pause * SLOWER, QUIET);
    } catch (problem) {
      if (problem instanceof Ended) {
        toast(problem.message, { href: location.href, label: problem.label });
        return;
      }
      pause = Math.min(pause * 2, UNANSWERED);
    }
    looking = false;
    later();
  }

  document.addEventListener("visibilitychange", () => {
    clearTimeout(timer);
    pause = SOONEST;
    tick();
  });
  later();
}
