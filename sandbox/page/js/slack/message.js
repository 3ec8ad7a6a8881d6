// One message in a channel or a thread: who, when, what; the thread under it, and what one can do with it.
import { element, icon } from "../dom.js";
import { number, say } from "../words.js";
import { content } from "./blocks.js";
import { emojiOf } from "./emoji.js";
import { shared } from "./files.js";

const TOGETHER_SECONDS = 300;

/** Whether a message needs no head of its own: the same person has just written. */
export function follows(message, before) {
  return Boolean(before) && before.user === message.user && !message.is_ephemeral && !before.is_ephemeral
    && !before.replies?.length && Number(message.ts) - Number(before.ts) < TOGETHER_SECONDS;
}

/**
 * `hand`: { workspace, clock, press(message, block, element, choice), openThread(message) or null,
 * shortcut(message, shortcut), remove(message) }
 */
export function messageNode(message, hand, { compact = false, parent = false } = {}) {
  const { workspace, clock } = hand;
  const bot = Boolean(message.bot_id);
  const moment = new Date(Number(message.ts) * 1000);
  const time = element("time", { datetime: moment.toISOString() }, clock.format(moment));
  const surface = {
    workspace, stateOf: () => undefined,
    press: (block, spec, choice) => hand.press(message, block, spec, choice),
  };
  const head = !compact && element("div.slack-head", {}, element("b", {}, workspace.nameOf(message.user)), bot && element("span.app-mark", {}, "APP"), time);
  const item = element(compact ? "li.slack-message.compact" : "li.slack-message", {},
    message.is_ephemeral && element("div.only-you", {}, icon("eye"), say("Only visible to you")),
    compact ? element("span.gutter", {}, time) : portrait(message.user, workspace, bot),
    element("div.slack-body", {}, head, content(message, surface),
      message.edited && element("small.edited", {}, `(${say("edited")})`), shared(message.files), reactions(message.reactions),
      !parent && replies(message, hand)),
    toolbar(message, hand, parent));
  if (message.is_ephemeral) item.classList.add("ephemeral");
  item.dataset.ts = message.ts;
  return item;
}

/** A square face: the app's sign, or somebody's initials. */
export function portrait(user, workspace, bot = false) {
  if (bot) return element("img.portrait", { src: "tellal.svg", alt: "" });
  const name = workspace.nameOf(user);
  const hue = [...user].reduce((sum, letter) => (sum * 131 + letter.charCodeAt(0)) % 36_000, 7) % 360;
  return element("span.portrait.face", { "aria-hidden": "true", style: `--hue:${hue}` }, name.split(" ").map(part => [...part][0]).slice(0, 2).join(""));
}

function reactions(list = []) {
  if (!list.length) return null;
  return element("div.reactions", {}, list.map(({ name, count }) => element("span", {}, emojiOf(name), ` ${count}`)));
}

/** "3 replies" */
export const countOf = count => count === 1 ? say("1 reply") : say("{n} replies", { n: number(count) });

function replies(message, hand) {
  const count = message.replies?.length ?? 0;
  if (!count || !hand.openThread) return null;
  return element("button.replies", { type: "button", onclick: () => hand.openThread(message) },
    portrait(message.replies.at(-1).user, hand.workspace, Boolean(message.replies.at(-1).bot_id)), element("b", {}, countOf(count)), element("small", {}, say("View thread")));
}

function toolbar(message, hand, parent) {
  const thread = hand.openThread && !parent && !message.is_ephemeral && element("button.icon-button", {
    type: "button", title: say("Reply in thread"), "aria-label": say("Reply in thread"), onclick: () => hand.openThread(message),
  }, icon("reply"));
  const act = action => () => { box.open = false; action(); };
  const offered = message.is_ephemeral ? [] : (hand.workspace.app.shortcuts ?? []).filter(({ type }) => type === "message");
  const choices = [
    ...offered.map(shortcut => [shortcut.name, () => hand.shortcut(message, shortcut)]),
    ...(message.user === hand.workspace.me ? [[say("Delete message"), () => hand.remove(message)]] : []),
  ];
  const box = element("details.overflow", {}, element("summary.icon-button", { title: say("More actions"), "aria-label": say("More actions") }, icon("more")),
    element("div.choices", { role: "menu" }, choices.map(([words, action]) => element("button", { type: "button", role: "menuitem", onclick: act(action) }, words))));
  if (!thread && !choices.length) return null;
  return element("div.message-tools", {}, thread, choices.length > 0 && box);
}
