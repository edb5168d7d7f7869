import { format, scaled } from "./money.js";

/* <input data-amount-for="#button" data-currency="USD" data-exponent="2"> keeps the amount inside the button's words:
   <button id="button" data-label="Refund {amount}">. Words that name no valid amount would mislead, so the plain verb stays. */
function update(input) {
  const button = document.querySelector(input.dataset.amountFor);
  if (!button) return;
  const exponent = Number(input.dataset.exponent ?? 2);
  const minor = scaled(input.value, exponent);
  const amount = minor ? format(minor, input.dataset.currency, exponent) : "";
  button.textContent = button.dataset.label.replace("{amount}", amount).trim();
}

export function startAmounts() {
  document.addEventListener("input", (event) => event.target.matches?.("[data-amount-for]") && update(event.target));
  document.querySelectorAll("[data-amount-for]").forEach(update);
  document.addEventListener("paydesk:fresh", (event) => event.target.querySelectorAll("[data-amount-for]").forEach(update));
}
