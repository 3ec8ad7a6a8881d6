// rich_text blocks as elements, for reading and (with `editable`) as what the editor starts from.
import { element } from "../dom.js";
import { emojiOf, fromCodePoints } from "./emoji.js";
import { date, link, mention } from "./mrkdwn.js";

export function richText(block, workspace) {
  const out = document.createDocumentFragment();
  for (const part of nested(block.elements)) out.append(shown(part, workspace));
  return out;
}

/** Slack keeps nested lists flat, with an indent; here each list holds the deeper ones. */
function nested(elements) {
  const out = [], open = [];
  for (const part of elements) {
    if (part.type !== "rich_text_list") { out.push(part); open.length = 0; continue; }
    const list = { ...part, indent: part.indent ?? 0, items: part.elements.map(item => ({ item, lists: [] })) };
    while (open.length && (open.at(-1).indent > list.indent
      || (open.at(-1).indent === list.indent))) open.pop();
    if (open.length) open.at(-1).items.at(-1).lists.push(list);
    else out.push(list);
    open.push(list);
  }
  return out;
}

function shown(part, workspace) {
  const leaves = (part.elements ?? []).map(leaf => part.type === "rich_text_list" ? null : leafNode(leaf, workspace));
  switch (part.type) {
    case "rich_text_list": return list(part, workspace);
    case "rich_text_quote": return element("blockquote", {}, leaves);
    case "rich_text_preformatted": return element("pre", {}, leaves);
    default: return element("div.section", {}, leaves.length ? leaves : [element("br")]);
  }
}

function list({ style, items, offset }, workspace) {
  const tag = style === "ordered" ? "ol" : "ul";
  return element(`${tag}.rich-list`, { start: style === "ordered" && offset ? offset + 1 : null },
    items.map(({ item, lists }) => element("li", {}, item.elements.map(leaf => leafNode(leaf, workspace)), lists.map(inner => list(inner, workspace)))));
}

function leafNode(leaf, workspace) {
  const { style = {} } = leaf;
  let node = bare(leaf, workspace);
  for (const [name, tag] of [["code", "code"], ["strike", "s"], ["underline", "u"], ["italic", "i"], ["bold", "b"]]) {
    if (style[name]) node = element(tag, {}, node);
  }
  return node;
}

function bare(leaf, workspace) {
  switch (leaf.type) {
    case "link": return link(leaf.url, leaf.text ?? leaf.url);
    case "emoji": return leaf.unicode ? fromCodePoints(leaf.unicode) : emojiOf(leaf.name);
    case "user": return mention(`@${workspace.nameOf(leaf.user_id)}`);
    case "channel": return mention(`#${workspace.places.get(leaf.channel_id)?.name ?? leaf.channel_id}`);
    case "usergroup": return mention(`@${leaf.usergroup_id}`);
    case "broadcast": return mention(`@${leaf.range}`);
    case "date": return date(leaf.timestamp, leaf.format, leaf.fallback);
    case "color": return element("code", {}, leaf.value);
    default: return leaf.text ?? "";
  }
}
