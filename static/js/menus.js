const REMEMBER = "paydesk.open.";

function startPopups() {
  const open = () => document.querySelectorAll("details.menu[open]");
  document.addEventListener("click", (event) => {
    for (const menu of open()) if (!menu.contains(event.target) || event.target.closest(".menu-item")) menu.open = false;
  });
  /* Who goes on by Tab leaves a menu behind, and it would lie over what comes next. */
  document.addEventListener("focusout", ({ target, relatedTarget }) => {
    const menu = target.closest?.("details.menu[open]");
    if (menu && relatedTarget && !menu.contains(relatedTarget)) menu.open = false;
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
    const place = items.indexOf(document.activeElement);
    const next = event.key === "ArrowDown" ? place + 1 : place < 0 ? -1 : place - 1;
    items.at(next % items.length)?.focus();
  });
}

/* The sidebar's own groups are unfolded before they are painted, by the lines beside them. */
function startGroups() {
  for (const group of document.querySelectorAll("main details[data-remember]")) {
    const kept = read(REMEMBER + group.dataset.remember);
    if (kept !== null) group.open = kept === "1";
  }
  document.addEventListener("click", (event) => {
    const group = event.target.closest("summary")?.parentElement;
    if (group?.dataset.remember) write(REMEMBER + group.dataset.remember, group.open ? "0" : "1");
  });
}

function startSidebar() {
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
  startGroups();
  startSidebar();
  document.addEventListener("click", (event) => event.target.closest("[data-dismiss]")?.closest(".flash, .alert")?.remove());
}
