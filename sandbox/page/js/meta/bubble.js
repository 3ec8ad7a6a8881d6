// A message on a WhatsApp or Messenger phone: words, a file, buttons, and what became of it.
import { control, fileAddress } from "../api.js";
import { element, icon } from "../dom.js";
import { N_, say } from "../words.js";

const STATES = { accepted: N_("on its way"), sent: N_("sent"), delivered: N_("delivered"), read: N_("read"), failed: N_("failed") };
const SIGNS = { accepted: "clock", sent: "check", delivered: "ticks", read: "ticks", failed: "warning" };
const FILES = { audio: "music", document: "file", file: "file" };

/** `words(text)` draws the words; the rest is the same on both. */
export const drawing = words => ([message], hand, last) => {
  const theirs = message.from_business;
  const file = message.media && shown(message, hand.channel);
  const text = message.text && element("div.words", {}, words(message.text));
  const body = element("div.body", {}, quoted(message, hand), message.header && element("b.card-header", {}, message.header),
    file, text, message.footer && element("small.card-footer", {}, message.footer), meta(message, hand, theirs));
  if (file) body.classList.add("with-files");
  if (!text) body.classList.add("wordless");
  const item = element(theirs ? "li.theirs" : "li.mine", {}, body, buttons(message.buttons, message, hand),
    last && buttons(message.quick_replies, message, hand, "quick"));
  item.dataset.message = message.id;
  return item;
};

function meta(message, { clock }, theirs) {
  const at = new Date(message.at * 1000), { status } = message;
  const sign = theirs && status && element(`span.status.${status}`, { role: "img", title: say(STATES[status]), "aria-label": say(STATES[status]) }, icon(SIGNS[status]));
  return element("span.meta", {}, element("time", { datetime: at.toISOString() }, clock.format(at)), sign);
}

function quoted(message, hand) {
  const earlier = message.answers && hand.find(message.answers);
  return earlier ? element("div.quoted", {}, element("span", {}, earlier.text || say("Photo"))) : null;
}

function shown({ kind, media }, channel) {
  const address = media.id ? fileAddress(channel, media.id) : media.link;
  if (kind === "image" || kind === "sticker") {
    const picture = element("img", { src: address, alt: say("Photo"), loading: "lazy" });
    picture.onerror = () => picture.replaceWith(element("div.lost", {}, say("This picture cannot be shown.")));
    return element("div.pictures.count-1", {}, element("a.picture", { href: address, target: "_blank", rel: "noopener" }, picture));
  }
  if (kind === "video") {
    const still = element("div.still", {}, icon("play"), element("span.name", {}, media.name ?? ""));
    return element("div.pictures.count-1", {}, element("div.picture", {}, still));
  }
  return element("div.files", {}, element("a.file", { href: address, download: media.name || true }, element("span.symbol", {}, icon(FILES[kind] ?? "file")), element("span.about", {}, element("b", {}, media.name || say("File")))));
}

function buttons(list, message, hand, shape = "plain") {
  if (!list?.length) return null;
  return element(`div.card-keys.${shape}`, {}, list.map(button => {
    const address = button.url;
    if (address) return element("a.card-key", { href: address, target: "_blank", rel: "noopener noreferrer" }, button.title, icon("link"));
    const node = element("button.card-key", { type: "button" }, button.title);
    node.onclick = () => control("press", { person: hand.person, message_id: message.id, data: button.id, label: button.title }, hand.channel)
      .catch(() => hand.tell(say("This button is no longer there.")));
    return node;
  }));
}
