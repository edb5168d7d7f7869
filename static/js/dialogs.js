function forget() {
  const here = new URL(location.href);
  here.searchParams.delete("show");
  history.replaceState(null, "", here);
}

function show(dialog) {
  if (!dialog.open) dialog.showModal();
  const first = "[autofocus], .dialog-body input:not([type=hidden], [readonly]), .dialog-body textarea";
  (dialog.querySelector(first) ?? dialog.querySelector(".dialog-body .btn, .dialog-foot .btn"))?.focus();
}

/* The browser brings the focus back to where it was, unless that was in a menu that has closed, or on a part of the
   page that was drawn anew meanwhile. */
const openers = new Map();

function openerOf(id) {
  const before = openers.get(id);
  return before?.isConnected ? before : document.querySelector(`[data-dialog="${CSS.escape(id)}"]:not(dialog *)`);
}

function comeBack(dialog) {
  const focused = document.activeElement;
  if (focused && focused !== document.body && !dialog.contains(focused)) return;
  const opener = openerOf(dialog.id);
  const menu = opener?.closest("details.menu:not([open])");
  (menu?.querySelector("summary") ?? opener ?? document.getElementById("content"))?.focus();
}

export function startDialogs() {
  document.addEventListener("click", (event) => {
    const opener = event.target.closest("[data-dialog]");
    if (opener) {
      const dialog = document.getElementById(opener.dataset.dialog);
      if (!dialog) return;
      event.preventDefault();
      const around = opener.closest("dialog");
      openers.set(dialog.id, around ? openerOf(around.id) : opener);
      opener.closest("details.menu")?.removeAttribute("open");
      around?.close();
      show(dialog);
      return;
    }
    if (event.target.closest("[data-close]")) event.target.closest("dialog")?.close();
  });

  document.addEventListener("close", (event) => comeBack(event.target), true);

  /* Only a press that both began and ended on the backdrop closes: selecting text may end outside. */
  let began = null;
  document.addEventListener("pointerdown", (event) => (began = event.target));
  document.addEventListener("click", (event) => {
    const dialog = event.target;
    if (!(dialog instanceof HTMLDialogElement) || began !== dialog) return;
    const box = dialog.getBoundingClientRect();
    const inside = event.clientX >= box.left && event.clientX <= box.right && event.clientY >= box.top && event.clientY <= box.bottom;
    if (!inside) dialog.close();
  });

  /* The address asked for this dialog: once it is closed, a reload shall not open it again. */
  for (const dialog of document.querySelectorAll("dialog[data-open]")) {
    show(dialog);
    dialog.addEventListener("close", forget);
  }
}
