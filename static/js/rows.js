/* In a list the arrows go from row to row, as they go from item to item in a menu; Enter opens, and Tab goes on within
   the row. What the arrows mean elsewhere in a row, in a box or a menu, they keep. */
const MAIN = "#rows tbody tr .cell-main a";
const STEPS = { ArrowDown: 1, ArrowUp: -1 };

export function startRows() {
  document.addEventListener("keydown", (event) => {
    if (!event.target.matches?.(MAIN) || event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return;
    const links = [...document.querySelectorAll(MAIN)];
    const place = links.indexOf(event.target) + (STEPS[event.key] ?? 0);
    const next = { Home: links[0], End: links.at(-1), ArrowDown: links[place], ArrowUp: links[place] }[event.key];
    if (!next) return;
    event.preventDefault();
    next.focus();
  });
}
