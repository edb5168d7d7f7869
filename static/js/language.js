/* The language of the page, and what scripts say in it: admin/_words.html hands the words over. */
export const language = document.documentElement.lang || "en";

export const words = JSON.parse(document.getElementById("words").textContent);

const numbers = new Intl.NumberFormat(language);
const forms = new Intl.PluralRules(language);

/* The element's text for so many: it has one for each form of the plural, data-one, data-other and so on. */
export function counted({ dataset }, number) {
  return (dataset[forms.select(number)] ?? dataset.other).replace("{count}", numbers.format(number));
}
