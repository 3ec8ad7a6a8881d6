// Text with entities as Telegram shows it. Offsets count UTF-16 units, as JavaScript's strings do.
import { element } from "../dom.js";

const TAGS = {
  bold: "b", italic: "i", underline: "u", strikethrough: "s", code: "code", pre: "pre",
  blockquote: "blockquote", expandable_blockquote: "blockquote.folded", spoiler: "span.spoiler",
};
const BLOCKS = new Set(["pre", "blockquote", "expandable_blockquote"]);
const SAFE = /^(https?|tg|mailto|tel):/i;

/** A fragment; `say` is called with the words of a tapped /command. */
export function formatted(text, entities = [], say = () => {}) {
  const sorted = [...entities].sort((a, b) => a.offset - b.offset || b.length - a.length);
  return part(text, 0, text.length, sorted, say);
}

function part(text, start, end, inner, say) {
  const out = document.createDocumentFragment();
  let at = start;
  while (inner.length) {
    const entity = inner.shift();
    const from = Math.max(entity.offset, at), to = Math.min(entity.offset + entity.length, end);
    if (to <= from) continue;
    const nested = [];
    while (inner.length && inner[0].offset < to) nested.push(inner.shift());
    out.append(text.slice(at, from), marked(entity, text.slice(from, to), part(text, from, to, nested, say), say));
    // A block stands on lines of its own: the line break beside it is not shown twice.
    at = BLOCKS.has(entity.type) && text[to] === "\n" ? to + 1 : to;
  }
  out.append(text.slice(at, end));
  return out;
}

function marked(entity, words, content, say) {
  const address = addressOf(entity, words);
  if (address) return element("a", { href: address, target: "_blank", rel: "noopener noreferrer" }, content);
  if (entity.type === "bot_command") {
    return command(content, () => say(words));
  }
  const node = element(TAGS[entity.type] ?? `span.${entity.type}`, {}, content);
  if (entity.type === "pre" && entity.language) node.dataset.language = entity.language;
  if (entity.type === "spoiler") reveals(node, "shown");
  if (entity.type === "expandable_blockquote") reveals(node, "unfolded");
  return node;
}

/** A link, not a button: the comma behind it stays on its line. */
function command(content, act) {
  const node = element("a.command", { href: "#", role: "button" }, content);
  node.onclick = event => { event.preventDefault(); act(); };
  node.onkeydown = event => { if (event.key === " ") node.onclick(event); };
  return node;
}

function addressOf(entity, words) {
  const address = {
    text_link: entity.url,
    url: SAFE.test(words) ? words : `https://${words}`,
    email: `mailto:${words}`,
    phone_number: `tel:${words.replace(/[^+\d]/g, "")}`,
    mention: `https://t.me/${words.slice(1)}`,
  }[entity.type];
  return address && SAFE.test(address) ? address : null;
}

function reveals(node, state) {
  node.tabIndex = 0;
  node.setAttribute("role", "button");
  node.onclick = () => node.classList.toggle(state);
  node.onkeydown = event => { if (event.key === "Enter") node.classList.toggle(state); };
}
