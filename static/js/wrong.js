/* A form that came back: the focus goes to the first of what is wrong, which may be far below. */
export function startWrong() {
  for (const link of document.querySelectorAll("[data-wrong] a")) {
    const field = document.getElementById(link.hash.slice(1));
    field?.focus();
    if (field && field === document.activeElement) return;
  }
}
