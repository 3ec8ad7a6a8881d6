// WhatsApp's marks: *bold* _italic_ ~struck~ `code` ```mono```, > quotes; and links, on Messenger too.
import { element } from "../dom.js";

const LINK = /(https?:\/\/[^\s<>]+[^\s<>.,;:!?)\]])/;
const MARKED = new RegExp(`${LINK.source}|\`([^\`\\n]+)\`|(?<![\\p{L}\\p{N}])([*_~])(\\S(?:[^\\n]*?\\S)?)\\3(?![\\p{L}\\p{N}])`, "gu");
const TAGS = { "*": "b", _: "i", "~": "s" };

export function linked(text) {
  const out = document.createDocumentFragment();
  text.split(new RegExp(LINK, "g")).forEach((part, index) => out.append(index % 2 ? link(part) : part));
  return out;
}

export function whatsappWords(text) {
  const out = document.createDocumentFragment();
  text.split(/```([\s\S]+?)```/).forEach((part, index) => {
    if (index % 2) { out.append(element("code", {}, part)); return; }
    part.split("\n").forEach((line, row) => {
      const quote = /^> (.*)/.exec(line);
      if (row && !quote) out.append("\n");
      out.append(quote ? element("blockquote", {}, inline(quote[1])) : inline(line));
    });
  });
  return out;
}

function inline(text) {
  const out = document.createDocumentFragment();
  let at = 0;
  for (const match of text.matchAll(MARKED)) {
    const [whole, address, code, mark, inner] = match;
    out.append(text.slice(at, match.index));
    out.append(address ? link(address) : code ? element("code", {}, code) : element(TAGS[mark], {}, inline(inner)));
    at = match.index + whole.length;
  }
  out.append(text.slice(at));
  return out;
}

const link = address => element("a", { href: address, target: "_blank", rel: "noopener noreferrer" }, address);
