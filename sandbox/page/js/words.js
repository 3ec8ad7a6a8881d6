// The page's own words, in the browser's language. English is the key.
import { TURKISH } from "./turkish.js";

export const language = (navigator.languages?.[0] ?? navigator.language ?? "en").toLowerCase().startsWith("tr") ? "tr" : "en";

export function say(words, values = {}) {
  const sentence = (language === "tr" && TURKISH[words]) || words;
  return sentence.replace(/\{(\w+)\}/g, (_, name) => values[name] ?? "");
}

/** Marks words that are said elsewhere by name. */
export const N_ = words => words;

export const number = value => new Intl.NumberFormat(language).format(value);

/** Fills in the words of the page's own HTML. */
export function speak(root = document) {
  document.documentElement.lang = language;
  for (const node of root.querySelectorAll("[data-say]")) node.textContent = say(node.dataset.say);
}
