/* Flask-Admin's list sends ticked rows (name="rowid") with its action form; this shows how many and ticks all at once.
   The row's boxes belong to the form by their form attribute, so nothing is copied and nothing can be forgotten. */
import { counted, language, words } from "./language.js";
import { format } from "./money.js";
import { toast } from "./toast.js";

const BOXES = "input[type=checkbox][name=rowid]";
/* How many rows are meant beyond the page, and the word for exactly these: the form then asks for all that the list
   finds, tells by that word which ones a person has confirmed, and the boxes only show it. */
let everything = 0;
let which = "";
/* What was meant when it was last shown. */
let shown = "";

/* What the ticked rows come to in each currency: boxes may carry data-amount in minor units, data-currency, data-exponent. */
function sums(ticked) {
  const found = new Map();
  for (const { dataset } of ticked) {
    if (!dataset.amount) continue;
    const sum = found.get(dataset.currency) ?? { minor: 0n, exponent: Number(dataset.exponent) };
    sum.minor += BigInt(dataset.amount);
    found.set(dataset.currency, sum);
  }
  return [...found].map(([currency, { minor, exponent }]) => format(minor, currency, exponent));
}

/* Offered, or said why not, once every box of the page is ticked; a box that is cleared takes it back, and so does a
   list that has others in it by now. */
function takeAll(boxes, ticked) {
  const offer = document.querySelector("[data-take-all]");
  if (!offer || ticked.length < boxes.length || offer.dataset.which !== which) everything = 0;
  for (const why of document.querySelectorAll("[data-too-many]")) why.hidden = ticked.length < boxes.length;
  if (offer) offer.hidden = everything > 0 || ticked.length < boxes.length;
  for (const field of document.querySelectorAll("#action_form input[name=all]")) field.value = everything ? which : "";
  for (const button of document.querySelectorAll("[data-ticked-only]")) button.hidden = everything > 0;
}

function refresh() {
  const boxes = [...document.querySelectorAll(BOXES)];
  const ticked = boxes.filter((box) => box.checked);
  for (const box of boxes) box.closest("tr")?.classList.toggle("is-selected", box.checked);
  for (const all of document.querySelectorAll("[data-tick-all]")) {
    all.checked = boxes.length > 0 && ticked.length === boxes.length;
    all.indeterminate = ticked.length > 0 && ticked.length < boxes.length;
  }
  for (const bar of document.querySelectorAll("[data-selection]")) {
    bar.hidden = ticked.length === 0;
  }
  takeAll(boxes, ticked);
  const meant = everything || ticked.length;
  shown = everything ? which : ticked.map((box) => box.value).join();
  const together = sums(ticked);
  for (const element of document.querySelectorAll("[data-sums]")) {
    const { sums, noSums } = element.dataset;
    element.textContent = together.length ? sums.replace("{sums}", new Intl.ListFormat(language).format(together)) : noSums;
  }
  for (const element of document.querySelectorAll("[data-with-sums]")) element.hidden = !together.length;
  for (const element of document.querySelectorAll("[data-selected]")) {
    const { summed } = element.dataset;
    const isOneSum = summed && !everything && together.length === 1;
    element.textContent = isOneSum ? summed.replace("{sum}", together[0]) : counted(element, meant);
  }
}

/* Who is being asked about some rows must not answer about others. */
function keepUp() {
  const asked = document.querySelector("dialog[open] button[form=action_form]")?.closest("dialog");
  const before = shown;
  refresh();
  if (!asked || shown === before) return;
  asked.close();
  toast(words.selectionChanged);
}

export function startSelection() {
  document.addEventListener("change", (event) => {
    if (event.target.matches?.("[data-tick-all]")) {
      for (const box of document.querySelectorAll(BOXES)) box.checked = event.target.checked;
    }
    if (event.target.matches?.(`[data-tick-all], ${BOXES}`)) refresh();
  });
  document.addEventListener("click", (event) => {
    const offer = event.target.closest("[data-take-all]");
    if (offer) {
      everything = Number(offer.dataset.takeAll);
      which = offer.dataset.which;
      refresh();
      document.querySelector("[data-clear-selection]")?.focus();
    }
    if (!event.target.closest("[data-clear-selection]")) return;
    for (const box of document.querySelectorAll(BOXES)) box.checked = false;
    refresh();
  });
  document.addEventListener("paydesk:fresh", keepUp);
  window.addEventListener("pageshow", refresh);
}
