let shelf;

export function toast(text, link) {
  if (!shelf) {
    shelf = document.createElement("div");
    shelf.className = "toasts";
    shelf.setAttribute("role", "status");
    document.body.append(shelf);
  }
  const item = document.createElement("div");
  item.className = "toast";
  item.append(text);
  if (link) {
    const a = document.createElement("a");
    a.href = link.href;
    a.textContent = link.label;
    item.append(a);
  }
  shelf.append(item);
  if (!link) setTimeout(() => item.remove(), 4000);
}
