import { words } from "./language.js";
import { format, lineTotal, PERCENT_PLACES, QUANTITY_PLACES, scaled, totals } from "./money.js";

const HUNDRED = 100n * 10n ** BigInt(PERCENT_PLACES);

function percent(text) {
  return text.trim() === "" ? 0n : scaled(text, PERCENT_PLACES);
}

/* A tax field is a number of percent with a name beside it, or a select whose options carry data-percent.
   Equal rates are one, however their number was typed: the key is the value, not the text. */
function rateOf(field, nameField) {
  if (!field || field.value.trim() === "") return null;
  const option = field.selectedOptions?.[0];
  const value = percent(option?.dataset.percent ?? field.value);
  if (value === null || value > HUNDRED) return undefined;
  const name = nameField?.value.trim() || words.tax;
  const label = option?.textContent.trim() ?? words.rate.replace("{percent}", field.value.trim()).replace("{tax}", () => name);
  return { key: option ? field.value : `${value} ${name}`, label, percent: value };
}

function readLine(row, exponent) {
  const field = (name) => row.querySelector(`[data-field="${name}"]`);
  const quantity = scaled(field("quantity").value, QUANTITY_PLACES);
  const price = scaled(field("price").value, exponent);
  const discount = percent(field("discount")?.value ?? "");
  const rate = rateOf(field("tax"), field("tax_name"));
  if (quantity === null || price === null || discount === null || discount > HUNDRED || rate === undefined) return null;
  return { total: lineTotal(quantity, price, discount), rate };
}

const isEmpty = (row) => ["description", "price"].every((name) => row.querySelector(`[data-field="${name}"]`)?.value.trim() === "");

function entry(label, value, className) {
  const term = document.createElement("dt");
  const figure = document.createElement("dd");
  term.textContent = label;
  figure.textContent = value;
  for (const part of className ? [term, figure] : []) part.className = className;
  return [term, figure];
}

/* The currency may be chosen in the same form, from a select whose options carry data-exponent. */
function takeCurrency(table) {
  const option = document.querySelector(table.dataset.currencyFrom)?.selectedOptions[0];
  if (!option?.dataset.exponent) return;
  table.dataset.currency = option.value;
  table.dataset.exponent = option.dataset.exponent;
}

function update(table) {
  if (table.dataset.currencyFrom) takeCurrency(table);
  const { currency, prices } = table.dataset;
  const exponent = Number(table.dataset.exponent);
  const money = (minor) => format(minor, currency, exponent);
  const rows = [...table.tBodies[0].rows];
  const lines = rows.map((row) => (isEmpty(row) ? "empty" : readLine(row, exponent)));
  rows.forEach((row, place) => {
    const line = lines[place];
    row.querySelector("[data-line-total]").textContent = line && line !== "empty" ? money(line.total) : "";
  });

  const filled = lines.filter((line) => line !== "empty");
  const whole = filled.length && !filled.includes(null) ? totals(filled, prices) : null;
  const show = (minor) => (whole ? money(minor) : "–");
  for (const sum of document.querySelectorAll("[data-lines-sum]")) sum.textContent = show(whole?.total);
  const box = document.querySelector(table.dataset.totals ?? "[data-lines-totals]");
  if (!box) return;
  box.replaceChildren(
    ...(prices === "gross" ? [] : entry(words.subtotal, show(whole?.subtotal))),
    ...(prices === "gross" ? [] : (whole?.taxes ?? []).flatMap((tax) => entry(tax.label, money(tax.amount)))),
    ...entry(words.total, show(whole?.total), "total"),
    ...(prices === "gross" ? (whole?.taxes ?? []).flatMap((tax) => entry(words.includes.replace("{tax}", () => tax.label), money(tax.amount))) : []),
  );
}

/* Rows are numbered for ever upward: a number freed by a removal must not come back with another line's id. */
function addLine(table) {
  const number = Number(table.dataset.next ?? table.tBodies[0].rows.length);
  table.dataset.next = String(number + 1);
  const template = document.querySelector(table.dataset.template ?? "template[data-line]");
  const holder = document.createElement("template");
  holder.innerHTML = template.innerHTML.replaceAll("__n__", String(number));
  const row = holder.content.querySelector("tr");
  table.tBodies[0].append(row);
  row.querySelector("input, textarea")?.focus();
  update(table);
}

function removeLine(table, row) {
  const next = row.nextElementSibling ?? row.previousElementSibling;
  row.remove();
  if (!table.tBodies[0].rows.length) addLine(table);
  else next?.querySelector("input, textarea")?.focus();
  table.dispatchEvent(new Event("input", { bubbles: true }));
}

/* The page comes with rows to write in without scripts; here one is enough, and none beside what is written. */
function fold(table) {
  const rows = [...table.tBodies[0].rows];
  const empty = rows.filter(isEmpty);
  for (const row of empty.slice(empty.length < rows.length ? 0 : 1)) row.remove();
}

export function startLines() {
  const tableOf = (node) => node.closest?.("table[data-lines]");
  for (const type of ["input", "change"]) {
    document.addEventListener(type, (event) => {
      const table = tableOf(event.target);
      if (table) update(table);
      else if (event.target.id) document.querySelectorAll(`table[data-currency-from="#${event.target.id}"]`).forEach(update);
    });
  }
  document.addEventListener("click", (event) => {
    const add = event.target.closest("[data-add-line]");
    if (add) addLine(document.querySelector(add.dataset.addLine || "table[data-lines]"));
    const remove = event.target.closest("[data-remove-line]");
    if (remove) removeLine(tableOf(remove), remove.closest("tr"));
  });
  for (const table of document.querySelectorAll("table[data-lines]")) {
    fold(table);
    update(table);
  }
}
