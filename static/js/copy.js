import { words } from "./language.js";

/* navigator.clipboard exists only on https and localhost; a desk on a plain http address still has to copy. */
export async function copyText(text) {
  if (navigator.clipboard && window.isSecureContext) {
    try {
      await navigator.clipboard.writeText(text);
      return true;
    } catch {
      /* permission refused: the old way below */
    }
  }
  const area = document.createElement("textarea");
  area.value = text;
  area.className = "visually-hidden";
  area.setAttribute("aria-hidden", "true");
  const host = document.querySelector("dialog[open]") ?? document.body;
  const focused = document.activeElement;
  host.append(area);
  area.select();
  const done = document.execCommand("copy");
  area.remove();
  focused?.focus({ preventScroll: true });
  return done;
}

export function startCopy() {
  document.addEventListener("click", async (event) => {
    const button = event.target.closest("[data-copy], [data-copy-text]");
    if (!button) return;
    const source = button.dataset.copy ? document.querySelector(button.dataset.copy) : null;
    const text = button.dataset.copyText ?? source?.value ?? source?.textContent.trim();
    if (!text) return;
    const label = button.querySelector("[data-copy-label]") ?? button;
    if (await copyText(text)) say(label, words.copied);
    else {
      source?.select?.();
      say(label, words.pressToCopy);
    }
  });
}

function say(label, text) {
  if (label.dataset.was !== undefined) return;
  label.dataset.was = label.textContent;
  label.setAttribute("aria-live", "polite");
  label.textContent = text;
  setTimeout(() => {
    label.textContent = label.dataset.was;
    delete label.dataset.was;
  }, 1800);
}
