import { format, scaled } from "./money.js";

/* <input data-amount-for="#button" data-currency="USD" data-exponent="2"> keeps the amount inside the button's words:
   <button id="button" data-label="Refund {amount}">. Words that name no valid amount would mislead, so the plain verb stays:
   also above data-most="64.47", or above the data-amount of what is chosen in <select data-fills="#input">.
   With data-alone="5000" on the input, data-label-above stands on the button for what is more than that. */
function most(input, exponent) {
  const select = input.form?.querySelector(`[data-fills="#${CSS.escape(input.id)}"]`);
  return scaled(select?.selectedOptions[0]?.dataset.amount ?? input.dataset.most ?? "", exponent);
}

function update(input) {
  const button = document.querySelector(input.dataset.amountFor);
  if (!button) return;
  const exponent = Number(input.dataset.exponent ?? 2);
  const limit = most(input, exponent);
  const typed = scaled(input.value, exponent);
  const minor = limit !== null && typed > limit ? null : typed;
  const amount = minor ? format(minor, input.dataset.currency, exponent) : "";
  const above = input.dataset.alone !== undefined && minor !== null && minor > BigInt(input.dataset.alone);
  const label = above ? button.dataset.labelAbove : button.dataset.label;
  button.textContent = label.replace("{amount}", amount).trim();
}

/* <select data-fills="#amount"> puts the chosen option's data-amount into the field. */
function fill(select) {
  const field = document.querySelector(select.dataset.fills);
  if (!field) return;
  field.value = select.selectedOptions[0].dataset.amount;
  update(field);
}

export function startAmounts() {
  document.addEventListener("change", (event) => event.target.matches?.("[data-fills]") && fill(event.target));
  document.addEventListener("input", (event) => event.target.matches?.("[data-amount-for]") && update(event.target));
  document.querySelectorAll("[data-amount-for]").forEach(update);
  document.addEventListener("paydesk:fresh", (event) => event.target.querySelectorAll("[data-amount-for]").forEach(update));
}
