/* A second press of the same button is a slip, not a wish, except where the answer is a file or fills a frame, and the page stays.
   Disabled only after the form's data was gathered, for a disabled button would not send its own name and value. */
export function startBusy() {
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (!form.matches("[data-busy]") || event.defaultPrevented || event.submitter?.matches("[data-download], [formtarget]")) return;
    if (form.dataset.sent) {
      event.preventDefault();
      return;
    }
    form.dataset.sent = "1";
    const pressed = event.submitter;
    setTimeout(() => {
      pressed?.setAttribute("aria-busy", "true");
      for (const button of form.querySelectorAll("button:not([type=button]), input[type=submit]")) button.disabled = true;
      if (pressed) pressed.disabled = true;
    });
  });

  window.addEventListener("pageshow", (event) => {
    if (!event.persisted) return;
    for (const form of document.querySelectorAll("form[data-sent]")) {
      delete form.dataset.sent;
      for (const button of form.querySelectorAll("button, input[type=submit]")) {
        button.disabled = false;
        button.removeAttribute("aria-busy");
      }
    }
  });
}
