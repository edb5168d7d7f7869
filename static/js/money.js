import { language } from "./language.js";

/* The same arithmetic as the server's, in whole minor units, so that what is shown while typing is what will be saved. */

/* "12.5" with 3 places → 12500n; null when it is no plain decimal number or has more places than allowed. */
export function scaled(text, places) {
  const match = /^([0-9]{1,12})(?:\.([0-9]+))?$/.exec(text.trim());
  if (!match) return null;
  const decimals = match[2] ?? "";
  if (decimals.length > places) return null;
  return BigInt(match[1] + decimals.padEnd(places, "0"));
}

export function halfUp(numerator, denominator) {
  return (2n * numerator + denominator) / (2n * denominator);
}

export const QUANTITY_PLACES = 3;
export const PERCENT_PLACES = 3;
const PERCENT = 100n * 10n ** BigInt(PERCENT_PLACES);

export function lineTotal(quantity, price, discount) {
  return halfUp(quantity * price * (PERCENT - discount), 10n ** BigInt(QUANTITY_PLACES) * PERCENT);
}

/* lines: [{total, rate}] where rate is null or {key, label, percent}; taxes are rounded once for each rate. */
export function totals(lines, prices) {
  const rates = new Map();
  let sum = 0n;
  for (const { total, rate } of lines) {
    sum += total;
    if (!rate) continue;
    const entry = rates.get(rate.key) ?? { ...rate, base: 0n };
    entry.base += total;
    rates.set(rate.key, entry);
  }
  const taxes = [...rates.values()].sort((a, b) => Number(a.percent - b.percent)).map((rate) => ({
    ...rate,
    amount: prices === "gross" ? halfUp(rate.base * rate.percent, PERCENT + rate.percent) : halfUp(rate.base * rate.percent, PERCENT),
  }));
  const tax = taxes.reduce((all, { amount }) => all + amount, 0n);
  return { subtotal: sum, taxes, total: prices === "gross" ? sum : sum + tax };
}

/* Intl takes a decimal string without rounding it through a float. */
export function format(minor, currency, exponent) {
  const digits = String(minor).padStart(exponent + 1, "0");
  const whole = exponent ? `${digits.slice(0, -exponent)}.${digits.slice(-exponent)}` : digits;
  const options = { style: "currency", currency, minimumFractionDigits: exponent, maximumFractionDigits: exponent };
  return new Intl.NumberFormat(language, options).format(whole);
}
