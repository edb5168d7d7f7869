/* Choosing a contact fills in what it usually has, where nobody has chosen otherwise; a date is asked for only where one is wanted. */

/* What the list does not offer, such as 45 days, is the contact's by default: the plain choice says so. */
function put(field, value, plain) {
  if (!field || field.dataset.chosen) return;
  field.value = [...field.options].some((option) => option.value === value) ? value : plain;
  field.dispatchEvent(new CustomEvent("change", { bubbles: true, detail: "filled" }));
}

function fill(contact) {
  const habits = contact.selectedOptions[0]?.dataset ?? {};
  put(document.querySelector("#currency"), habits.currency, contact.dataset.usual);
  put(document.querySelector("#due_days"), habits.dueDays, "");
}

/* What a person has chosen is meant: no contact changes it any more, here or at saving. */
function keep(field) {
  field.dataset.chosen = "y";
  const shown = field.id === "currency" && field.form.elements.currency_shown;
  if (shown) shown.value = "";
}

function showDate(term) {
  const date = document.querySelector("#due_date");
  const wanted = term.value === "date";
  date.disabled = !wanted;
  date.closest(".field").hidden = !wanted;
}

export function startTerms() {
  const term = document.querySelector("select#due_days");
  const contact = document.querySelector("select[data-brings]");
  if (term && document.querySelector("#due_date")) {
    if (document.querySelector("#due_date").value && term.value === "") term.value = "date";
    term.addEventListener("change", () => showDate(term));
    showDate(term);
  }
  if (!contact) return;
  contact.dataset.usual = document.querySelector("#currency").value;
  contact.addEventListener("change", () => fill(contact));
  for (const field of document.querySelectorAll(contact.dataset.brings)) {
    field.addEventListener("change", (event) => event.detail !== "filled" && keep(field));
  }
}
