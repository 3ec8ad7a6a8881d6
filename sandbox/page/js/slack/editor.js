// A small editor that makes rich_text blocks: bold, italic, strike, code, links, lists, quotes.
import { element } from "../dom.js";
import { say } from "../words.js";
import { richText } from "./rich.js";

const STYLES = { B: "bold", STRONG: "bold", I: "italic", EM: "italic", S: "strike", STRIKE: "strike", DEL: "strike", CODE: "code", U: "underline" };
const BLOCKS = new Set(["DIV", "P", "BLOCKQUOTE", "PRE", "UL", "OL"]);

export class Editor {
  /** `changed()` is called at every change. */
  constructor({ label, placeholder = "", initial = null, workspace, changed }) {
    this.changed = changed;
    this.area = element("div.editor-area", {
      contenteditable: "true", role: "textbox", "aria-multiline": "true", "aria-label": label, "data-placeholder": placeholder,
    });
    if (initial) this.area.append(richText(initial, workspace));
    this.bar = element("div.editor-bar", { role: "toolbar", "aria-label": say("Formatting") }, this.#tools());
    this.node = element("div.editor", {}, this.bar, this.area);
    this.area.oninput = () => this.#touched();
    this.area.onpaste = event => {
      event.preventDefault();
      document.execCommand("insertText", false, event.clipboardData.getData("text/plain"));
    };
    this.#touched(false);
  }

  /** The rich_text block, or null when nothing is written. */
  get value() {
    const elements = blocksOf(this.area);
    return elements.some(part => part.elements.length) ? { type: "rich_text", elements } : null;
  }

  #touched(tell = true) {
    this.area.classList.toggle("blank", !this.area.textContent.trim() && !this.area.querySelector("li"));
    if (tell) this.changed?.();
  }

  #tools() {
    const run = (command, value) => () => document.execCommand(command, false, value);
    const tools = [
      ["B", say("Bold"), run("bold"), "b"], ["I", say("Italic"), run("italic"), "i"], ["S", say("Strikethrough"), run("strikeThrough"), "s"],
      ["</>", say("Code"), () => this.#code()], ["🔗", say("Link"), () => this.#link()],
      ["•", say("Bulleted list"), run("insertUnorderedList")], ["1.", say("Numbered list"), run("insertOrderedList")],
      ["❝", say("Quote"), () => this.#quote()],
    ];
    return tools.map(([sign, title, act, tag]) => element("button", {
      type: "button", title, "aria-label": title,
      onmousedown: event => event.preventDefault(), // the selection stays
      onclick: () => { this.area.focus(); act(); this.#touched(); },
    }, tag ? element(tag, {}, sign) : sign));
  }

  #code() {
    const selection = getSelection();
    if (!selection.rangeCount || selection.isCollapsed) return;
    const inside = selection.anchorNode.parentElement.closest("code");
    if (inside && this.area.contains(inside)) { inside.replaceWith(...inside.childNodes); return; }
    const code = element("code", {}, selection.toString());
    document.execCommand("insertHTML", false, code.outerHTML);
  }

  #quote() {
    const inside = getSelection().anchorNode?.parentElement?.closest("blockquote");
    document.execCommand("formatBlock", false, inside && this.area.contains(inside) ? "div" : "blockquote");
  }

  #link() {
    const selection = getSelection();
    if (!selection.rangeCount) return;
    const range = selection.getRangeAt(0);
    const address = element("input", { type: "url", required: true, placeholder: "https://…", "aria-label": say("Address") });
    const words = element("input", { type: "text", value: selection.toString(), placeholder: say("Text"), "aria-label": say("Text") });
    const box = element("dialog.link-box", { "aria-label": say("Add a link") }, element("form", { method: "dialog" },
      element("h3", {}, say("Add a link")), words, address,
      element("div.choice", {}, element("button.quiet", { type: "button", onclick: () => box.close() }, say("Cancel")), element("button.primary", {}, say("Save")))));
    box.onsubmit = () => {
      this.area.focus();
      selection.removeAllRanges();
      selection.addRange(range);
      const link = element("a", { href: address.value }, words.value || address.value);
      document.execCommand("insertHTML", false, link.outerHTML);
      this.#touched();
    };
    box.onclose = () => box.remove();
    document.body.append(box);
    box.showModal();
    (words.value ? address : words).focus();
  }
}

/** The editor's content as the elements of a rich_text block. */
export function blocksOf(area) {
  const out = [];
  let section = null;
  const leaves = () => {
    if (!section) out.push(section = { type: "rich_text_section", elements: [] });
    return section.elements;
  };
  for (const node of area.childNodes) {
    const name = node.nodeName;
    if (name === "UL" || name === "OL") { lists(node, 0, out); section = null; }
    else if (name === "BLOCKQUOTE") { out.push({ type: "rich_text_quote", elements: inline(node) }); section = null; }
    else if (name === "PRE") { out.push({ type: "rich_text_preformatted", elements: [text(node.textContent)] }); section = null; }
    else if (BLOCKS.has(name)) {
      // A line: it goes on in the section before it, after a line break.
      if ([...node.children].some(child => BLOCKS.has(child.nodeName))) { out.push(...blocksOf(node)); section = null; continue; }
      const more = inline(node);
      if (section) add(leaves(), text("\n"));
      more.forEach(leaf => add(leaves(), leaf));
    } else inlineOf(node, {}).forEach(leaf => add(leaves(), leaf));
  }
  return out.map(part => part.type === "rich_text_list" ? part : { ...part, elements: trimmed(part.elements) })
    .filter(part => part.elements.length);
}

function lists(list, indent, out) {
  const style = list.nodeName === "OL" ? "ordered" : "bullet";
  let open = null;
  for (const item of list.children) {
    if (item.nodeName === "UL" || item.nodeName === "OL") { lists(item, indent + 1, out); open = null; continue; }
    const inner = [...item.children].filter(child => child.nodeName === "UL" || child.nodeName === "OL");
    const leaves = trimmed([...item.childNodes].filter(child => !inner.includes(child)).flatMap(child => inlineOf(child, {})));
    if (!open) out.push(open = { type: "rich_text_list", style, indent, elements: [] });
    open.elements.push({ type: "rich_text_section", elements: leaves });
    for (const deeper of inner) { lists(deeper, indent + 1, out); open = null; }
  }
}

const text = (words, style = {}) => Object.keys(style).length ? { type: "text", text: words, style } : { type: "text", text: words };
const inline = node => [...node.childNodes].flatMap(child => inlineOf(child, {}));

function inlineOf(node, style) {
  if (node.nodeType === Node.TEXT_NODE) return node.data ? [text(node.data.replaceAll("\u00a0", " "), style)] : [];
  if (node.nodeName === "BR") return [text("\n", style)];
  if (node.nodeName === "A") {
    const leaf = { type: "link", url: node.getAttribute("href") };
    if (node.textContent !== leaf.url) leaf.text = node.textContent;
    return [Object.keys(style).length ? { ...leaf, style } : leaf];
  }
  const own = STYLES[node.nodeName];
  const inner = own ? { ...style, [own]: true } : style;
  return [...node.childNodes].flatMap(child => inlineOf(child, inner));
}

/** Neighbours of one style become one leaf. */
function add(leaves, leaf) {
  const last = leaves.at(-1);
  if (last?.type === "text" && leaf.type === "text" && JSON.stringify(last.style) === JSON.stringify(leaf.style)) last.text += leaf.text;
  else leaves.push({ ...leaf });
}

/** Without the line breaks browsers leave at the end. */
function trimmed(leaves) {
  const joined = [];
  leaves.forEach(leaf => add(joined, leaf));
  while (joined.at(-1)?.type === "text" && !joined.at(-1).text.replace(/\n+$/, "")) joined.pop();
  const last = joined.at(-1);
  if (last?.type === "text") last.text = last.text.replace(/\n+$/, "");
  return joined;
}
