// The page renews itself, panel by panel; what someone is choosing, typing or pressing is left alone.
const EVERY = 2000;

function inUse(panel) {
  if (panel.matches(":active")) return true;
  if (panel.contains(document.activeElement) && document.activeElement.matches("input, select")) return true;
  const typed = [...panel.querySelectorAll("input:not([type=hidden])")].some((field) => field.value !== field.defaultValue);
  return typed || [...panel.querySelectorAll("select")].some((field) => field.selectedOptions[0] !== (field.querySelector("[selected]") ?? field.options[0]));
}

function renew(panel, fresh) {
  if (panel.isEqualNode(fresh) || inUse(panel)) return;
  const place = [...panel.querySelectorAll("a, button")].indexOf(document.activeElement);
  panel.replaceChildren(...fresh.childNodes);
  panel.querySelectorAll("a, button")[place]?.focus({ preventScroll: true });
}

async function look() {
  if (document.hidden) return;
  try {
    const page = new DOMParser().parseFromString(await (await fetch("/", { cache: "no-store" })).text(), "text/html");
    const [main, fresh] = [document, page].map((one) => one.querySelector("main"));
    const [panels, news] = [main, fresh].map((one) => [...one.children]);
    if (panels.length === news.length) panels.forEach((panel, place) => renew(panel, news[place]));
    else renew(main, fresh);
  } catch {
    // The sandbox is being restarted: the next look will tell.
  }
}

setInterval(look, EVERY);
