/* A field that says which button shows its text elsewhere: pressed by itself when somebody stops writing. */
const REST = 600;

export function startPreview() {
  // What was refused is shown as it was written, not as it was before.
  if (document.querySelector("[data-wrong]")) document.getElementById(document.querySelector("[data-previewed]")?.dataset.previewed)?.click();
  let waiting;
  document.addEventListener("input", (event) => {
    const button = event.target.dataset?.previewed && document.getElementById(event.target.dataset.previewed);
    if (!button) return;
    clearTimeout(waiting);
    waiting = setTimeout(() => button.click(), REST);
  });
}
