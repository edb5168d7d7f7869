const REMEMBER = "paydesk.open.";

function startPopups() {
  const open = () => document.querySelectorAll("details.menu[open]");
  document.addEventListener("click", (event) => {
    for (const menu of open()) if (!menu.contains(event.target) || event.target.closest(".menu-item")) menu.open = false;
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") {
      for (const menu of open()) {
        menu.open = false;
        menu.querySelector("summary").focus();
      }
    }
    const menu = event.target.closest?.("details.menu[open]");
    if (!menu || !["ArrowDown", "ArrowUp"].includes(event.key)) return;
    event.preventDefault();
    const items = [...menu.querySelectorAll(".menu-item")];
    const step = event.key === "ArrowDown" ? 1 : -1;
    items.at((items.indexOf(document.activeElement) + step) % items.length)?.focus();
  });
}

function startSidebar() {
  for (const group of document.querySelectorAll("details[data-remember]")) {
    const key = REMEMBER + group.dataset.remember;
    /* A group that holds the current page is open whatever was remembered. */
    const kept = read(key);
    if (kept !== null && !group.querySelector("[aria-current]")) group.open = kept === "1";
  }
  document.addEventListener("toggle", ({ target }) => {
    if (target.dataset?.remember) write(REMEMBER + target.dataset.remember, target.open ? "1" : "0");
  }, true);

  const toggle = document.querySelector("[data-nav-toggle]");
  if (!toggle) return;
  const show = (on) => {
    document.body.classList.toggle("nav-open", on);
    toggle.setAttribute("aria-expanded", String(on));
    if (on) document.querySelector(".sidebar a")?.focus();
  };
  toggle.addEventListener("click", () => show(!document.body.classList.contains("nav-open")));
  document.addEventListener("click", (event) => event.target.closest("[data-nav-close]") && show(false));
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !document.body.classList.contains("nav-open")) return;
    show(false);
    toggle.focus();
  });
}

function read(key) {
  try {
    return localStorage.getItem(key);
  } catch {
    return null;
  }
}

function write(key, value) {
  try {
    localStorage.setItem(key, value);
  } catch {
    /* storage refused: the sidebar simply forgets */
  }
}

export function startMenus() {
  startPopups();
  startSidebar();
  document.addEventListener("click", (event) => event.target.closest("[data-dismiss]")?.closest(".flash, .alert")?.remove());
}
