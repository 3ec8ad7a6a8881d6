// Typing with marks, as Telegram's own apps take them: **bold** __italic__ ~~gone~~ ||spoiler|| `code`.
const MARKS = [
  { type: "pre", open: "```", close: "```", raw: true },
  { type: "code", open: "`", close: "`", raw: true },
  { type: "bold", open: "**", close: "**" },
  { type: "italic", open: "__", close: "__" },
  { type: "underline", open: "++", close: "++" },
  { type: "strikethrough", open: "~~", close: "~~" },
  { type: "spoiler", open: "||", close: "||" },
];
const LINK = /^\[([^\]\n]+)\]\((\w+:\/\/[^)\s]+)\)/;
const QUOTE = "> ";

/** What was typed → { text, entities }; a mark without its partner stays as it is. */
export function parsed(typed) {
  const entities = [];
  const text = walk(typed, entities, 0);
  return { text, entities: entities.sort((a, b) => a.offset - b.offset || b.length - a.length) };
}

function walk(typed, entities, base) {
  let out = "", at = 0;
  while (at < typed.length) {
    const found = quoteAt(typed, at) ?? linkAt(typed, at) ?? markAt(typed, at);
    if (!found) { out += typed[at++]; continue; }
    const offset = base + out.length;
    const inner = found.raw ? found.inner : walk(found.inner, entities, offset);
    entities.push({ ...found.entity, offset, length: inner.length });
    out += inner;
    at = found.end;
  }
  return out;
}

function markAt(typed, at) {
  for (const { type, open, close, raw } of MARKS) {
    if (!typed.startsWith(open, at)) continue;
    const from = at + open.length, to = typed.indexOf(close, from);
    if (to <= from || !typed.slice(from, to).trim()) continue;
    return { entity: { type }, inner: typed.slice(from, to), raw, end: to + close.length };
  }
  return null;
}

function linkAt(typed, at) {
  const found = typed[at] === "[" && LINK.exec(typed.slice(at));
  return found ? { entity: { type: "text_link", url: found[2] }, inner: found[1], end: at + found[0].length } : null;
}

function quoteAt(typed, at) {
  if (!typed.startsWith(QUOTE, at) || (at && typed[at - 1] !== "\n")) return null;
  const lines = [];
  let end = at;
  while (typed.startsWith(QUOTE, end)) {
    const stop = typed.indexOf("\n", end);
    lines.push(typed.slice(end + QUOTE.length, stop < 0 ? undefined : stop));
    if (stop < 0) { end = typed.length; break; }
    end = stop + 1;
  }
  const inner = lines.join("\n");
  if (!inner.trim()) return null;
  // The line break that ends the quote stays in the text after it.
  return { entity: { type: "blockquote" }, inner, end: typed[end - 1] === "\n" ? end - 1 : end };
}

/** A message's text and entities → what one would have typed, for editing it. */
export function typed(text, entities = []) {
  const inserts = []; // { place, order, mark }: order 0 opens, 1 quotes, 2 closes
  entities.forEach((entity, index) => {
    const end = entity.offset + entity.length;
    const mark = MARKS.find(({ type }) => type === entity.type)
      ?? (entity.type === "text_link" ? { open: "[", close: `](${entity.url})` } : null);
    if (mark) {
      inserts.push({ place: entity.offset, order: 0, index: -index, mark: mark.open });
      inserts.push({ place: end, order: 2, index, mark: mark.close });
    } else if (entity.type.endsWith("blockquote")) {
      for (let line = entity.offset; line >= 0 && line < end; line = next(text, line)) {
        inserts.push({ place: line, order: 1, index, mark: QUOTE });
      }
    }
  });
  // From the end, so that earlier places stay right; what is put in later at one place stands before.
  inserts.sort((a, b) => b.place - a.place || a.order - b.order || a.index - b.index);
  let out = text;
  for (const { place, mark } of inserts) out = out.slice(0, place) + mark + out.slice(place);
  return out;
}

function next(text, from) {
  const stop = text.indexOf("\n", from);
  return stop < 0 ? -1 : stop + 1;
}
