// One bubble: a message, or an album's messages, with files, words, buttons and the time.
import { element, icon } from "../dom.js";
import { say } from "../words.js";
import { formatted } from "./entities.js";
import { keys } from "./keys.js";
import { media } from "./media.js";

/** Messages in the order shown, those of one album together: [[message], [message, message], …]. */
export function grouped(messages) {
  const groups = [];
  for (const message of messages) {
    const album = message.media_group_id, last = groups.at(-1);
    if (album && last?.[0].media_group_id === album && last[0].from.id === message.from.id) last.push(message);
    else groups.push([message]);
  }
  return groups;
}

/**
 * `phone`: { person, channel, say(text), tell(text, alert), edit(message), remove(messages), clock }
 */
export function bubble(group, phone) {
  const captioned = group.find(message => message.caption ?? message.text) ?? group[0];
  const words = captioned.text ?? captioned.caption ?? "";
  const mine = !group[0].from.is_bot;
  const files = media(group, phone.channel);
  const text = words && element("div.words", {}, formatted(words, captioned.entities ?? captioned.caption_entities, phone.say));
  const above = captioned.show_caption_above_media;
  const body = element("div.body", {},
    origin(group[0]), quoted(group[0]), above && text, files, !above && text, meta(group, phone));
  if (files) body.classList.add("with-files");
  if (!words) body.classList.add("wordless");
  const item = element(mine ? "li.mine" : "li.theirs", {}, body,
    keys(group.at(-1), phone.person, phone.channel, phone.tell), mine && menu(group, captioned, phone));
  item.dataset.message = group[0].message_id;
  return item;
}

function meta(group, phone) {
  const edited = group.some(message => message.edit_date);
  const date = new Date(group[0].date * 1000);
  return element("span.meta", {}, edited && element("i", {}, say("edited")),
    element("time", { datetime: date.toISOString() }, phone.clock.format(date)),
    !group[0].from.is_bot && icon("check"));
}

function origin({ forward_origin: from }) {
  if (!from) return null;
  const name = from.sender_user?.first_name ?? from.sender_user_name ?? from.chat?.title ?? from.sender_chat?.title ?? "";
  return element("div.origin", {}, say("Forwarded from {name}", { name }));
}

function quoted({ reply_to_message: earlier }) {
  if (!earlier) return null;
  const words = earlier.text ?? earlier.caption ?? say("Photo");
  return element("div.quoted", {}, element("b", {}, earlier.from?.first_name ?? ""), element("span", {}, words));
}

/** What one can do with a message of one's own. */
function menu(group, captioned, phone) {
  const act = action => () => { box.open = false; action(); };
  const box = element("details.own", {},
    element("summary", { title: say("Edit or delete"), "aria-label": say("Edit or delete") }, icon("more")),
    element("div.choices", { role: "menu" },
      element("button", { type: "button", role: "menuitem", onclick: act(() => phone.edit(captioned)) }, icon("edit"), say("Edit")),
      element("button", { type: "button", role: "menuitem", onclick: act(() => phone.remove(group)) }, icon("bin"), say("Delete"))));
  return box;
}
