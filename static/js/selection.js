/* Flask-Admin's list sends ticked rows (name="rowid") with its action form; this shows how many and ticks all at once.
   The row's boxes belong to the form by their form attribute, so nothing is copied and nothing can be forgotten. */
const BOXES = "input[type=checkbox][name=rowid]";

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
