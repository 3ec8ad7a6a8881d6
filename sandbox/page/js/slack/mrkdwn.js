// Slack's mrkdwn as a fragment: *bold* _italic_ ~strike~ `code` ```pre``` > quote <url|label> <@U1> :emoji:
import { element } from "../dom.js";
import { language } from "../words.js";
import { emojiOf } from "./emoji.js";

const INLINE = /`([^`\n]+)`|<([^<>\n]+)>|:([a-z0-9_+'-]+):|(https?:\/\/[^\s<>|]+)|(?<![\p{L}\p{N}])([*_~])(\S(?:[^\n]*?\S)?)\5(?![\p{L}\p{N}])/gu;
const TAGS = { "*": "b", _: "i", "~": "s" };
const SAFE = /^(https?|mailto|tel|slack):/i;

export function mrkdwn(text, workspace, { links = true } = {}) {
  const out = document.createDocumentFragment();
  text.split(/```\n?([\s\S]*?)\n?```\n?/).forEach((part, index) => {
    if (index % 2) out.append(element("pre", {}, unescaped(part)));
    else if (part) out.append(lines(part, workspace, links));
  });
  return out;
}

export const unescaped = text => text.replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&amp;", "&");

export function link(address, content) {
  return SAFE.test(address) ? element("a", { href: address, target: "_blank", rel: "noopener noreferrer" }, content) : element("span", {}, content);
}

/** Plain text of a Block Kit object, which may still carry :emoji: names. */
export const plain = text => text.replace(/:([a-z0-9_+'-]+):/g, (_, name) => emojiOf(name));

/** A text object of Block Kit. */
export function words(text, workspace) {
  return text.type === "mrkdwn" ? mrkdwn(text.text, workspace) : document.createTextNode(plain(text.text));
}

function lines(part, workspace, links) {
  const out = document.createDocumentFragment();
  let quote = null;
  part.split("\n").forEach((line, index) => {
    const quoted = /^(?:&gt;|>) ?(.*)/.exec(line);
    if (quoted) {
      if (!quote) out.append(quote = element("blockquote"));
      else quote.append("\n");
      quote.append(inline(quoted[1], workspace, links));
      return;
    }
    if (index && !quote) out.append("\n");
    quote = null;
    out.append(inline(line, workspace, links));
  });
  return out;
}

function inline(text, workspace, links) {
  const out = document.createDocumentFragment();
  let at = 0;
  for (const match of text.matchAll(INLINE)) {
    out.append(unescaped(text.slice(at, match.index)));
    at = match.index + match[0].length;
    const [, code, angle, emoji, address, mark, inner] = match;
    if (code) out.append(element("code", {}, unescaped(code)));
    else if (angle) out.append(angled(angle, workspace));
    else if (emoji) out.append(emojiOf(emoji));
    else if (address) out.append(links ? link(unescaped(address), unescaped(address)) : unescaped(address));
    else out.append(element(TAGS[mark], {}, inline(inner, workspace, links)));
  }
  out.append(unescaped(text.slice(at)));
  return out;
}

function angled(inside, workspace) {
  const bar = inside.indexOf("|");
  const target = bar < 0 ? inside : inside.slice(0, bar), label = bar < 0 ? "" : unescaped(inside.slice(bar + 1));
  if (target.startsWith("@")) return mention(`@${workspace.nameOf(target.slice(1))}`);
  if (target.startsWith("#")) return mention(`#${workspace.places.get(target.slice(1))?.name ?? (label || target.slice(1))}`);
  if (target.startsWith("!date^")) {
    const [, seconds, form] = target.split("^");
    return date(Number(seconds), form, label);
  }
  if (target.startsWith("!subteam^")) return mention(label || "@group");
  if (target.startsWith("!")) return mention(`@${target.slice(1)}`);
  const address = unescaped(target);
  return link(address, label || address.replace(/^mailto:/, ""));
}

export const mention = words => element("span.mention", {}, words);

/** `{date_short} at {time}` and the like, in the reader's language. */
export function date(seconds, form, fallback) {
  const moment = new Date(seconds * 1000);
  const styles = {
    date: { dateStyle: "long" }, date_short: { dateStyle: "medium" }, date_long: { dateStyle: "full" },
    date_num: { dateStyle: "short" }, time: { timeStyle: "short" }, time_secs: { timeStyle: "medium" },
  };
  let known = true;
  const words = form.replace(/\{(\w+)\}/g, (whole, name) => {
    const style = styles[name.replace("_pretty", "")];
    if (style) return new Intl.DateTimeFormat(language, style).format(moment);
    known = false;
    return whole;
  });
  return element("time", { datetime: moment.toISOString() }, known ? words : fallback || words);
}
