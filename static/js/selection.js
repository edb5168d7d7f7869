/* Flask-Admin's list sends ticked rows (name="rowid") with its action form; this shows how many and ticks all at once.
   The row's boxes belong to the form by their form attribute, so nothing is copied and nothing can be forgotten. */
import { format } from "./money.js";

const BOXES = "input[type=checkbox][name=rowid]";

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
  const together = sums(ticked);
  for (const words of document.querySelectorAll("[data-sums]")) {
    words.textContent = words.dataset.sums.replace("{sums}", new Intl.ListFormat("en").format(together) || "Nothing");
  }
  for (const words of document.querySelectorAll("[data-one]")) {
    const { one, many } = words.dataset;
    words.textContent = ticked.length === 1 ? one : many.replace("{count}", String(ticked.length));
  }
}

export function startSelection() {
  document.addEventListener("change", (event) => {
    if (event.target.matches?.("[data-tick-all]")) {
      for (const box of document.querySelectorAll(BOXES)) box.checked = event.target.checked;
    }
    if (event.target.matches?.(`[data-tick-all], ${BOXES}`)) refresh();
  });
  document.addEventListener("click", (event) => {
    if (!event.target.closest("[data-clear-selection]")) return;
    for (const box of document.querySelectorAll(BOXES)) box.checked = false;
    refresh();
  });
  document.addEventListener("paydesk:fresh", refresh);
  window.addEventListener("pageshow", refresh);
}
