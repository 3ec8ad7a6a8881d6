// A phone: the chat of whoever holds it, and their hand on it.
import { control } from "./api.js";
import { Composer } from "./composer.js";
import { element, icon } from "./dom.js";
import { language, say } from "./words.js";
import { bubble, grouped } from "./telegram/bubble.js";

const NEAR_END_PX = 80, TOAST_MS = 3500;

export class Phone {
  person = null;
  chat = null;
  #shown = new Map(); // first message id of a group → { key, node }

  constructor(root, chats, channel, head) {
    Object.assign(this, { root, chats, channel });
    this.list = element("ol.chat", { role: "log", "aria-label": say("Messages"), tabindex: "0" });
    this.end = element("button.to-end", { type: "button", hidden: true, "aria-label": say("To the newest message") }, icon("down"));
    this.toast = element("div.toast", { role: "status", hidden: true });
    this.composer = new Composer(this);
    this.blank = element("div.blank");
    this.screen = element("div.screen", {}, this.list, this.blank, this.end, this.toast);
    root.append(head, this.screen, this.composer.node);
    this.end.onclick = () => this.#toEnd("smooth");
    this.list.onscroll = () => this.#scrolled();
    this.redraw = () => this.#draw();
    this.alert = this.#alert();
    // A picture that has come grows the chat: what was at the end stays at the end.
    this.list.addEventListener("load", () => this.atEnd && this.#toEnd(), true);
  }

  /** Hands the phone to somebody. */
  show(person) {
    this.chat?.removeEventListener("change", this.redraw);
    this.person = person;
    this.chat = this.chats.of(this.channel, person.id);
    this.clock = new Intl.DateTimeFormat(language, { hour: "2-digit", minute: "2-digit", hourCycle: "h23", timeZone: person.timezone || undefined });
    this.chat.addEventListener("change", this.redraw);
    this.#shown.clear();
    this.list.replaceChildren();
    this.atEnd = true;
    this.composer.clear();
    this.#draw();
  }

  get visible() { return this.root.offsetParent !== null && !document.hidden; }

  /** Writes to the bot as this person. */
  async write(wish) {
    this.atEnd = true;
    try {
      return await control("say", { person: this.person.id, ...wish }, this.channel);
    } catch (refused) {
      this.tell(refused.message);
      throw refused;
    }
  }

  /** What the bot answers to a press: a note that goes, or a box to be closed. */
  tell(text, alert = false) {
    if (alert) {
      this.alert.querySelector("p").textContent = text;
      this.alert.showModal();
      return;
    }
    this.toast.textContent = text;
    this.toast.hidden = false;
    clearTimeout(this.toastTimer);
    this.toastTimer = setTimeout(() => { this.toast.hidden = true; }, TOAST_MS);
  }

  #alert() {
    const box = element("dialog.alert", {}, element("p"),
      element("form", { method: "dialog" }, element("button.primary", {}, say("OK"))));
    this.root.append(box);
    return box;
  }

  #hand() {
    const { person, channel, clock } = this;
    return {
      person: person.id, channel, clock,
      say: text => this.write({ text }).catch(() => {}),
      tell: (text, alert) => this.tell(text, alert),
      edit: message => this.composer.edit(message),
      remove: group => group.forEach(({ message_id: id }) =>
        control("delete", { person: person.id, message_id: id }, channel).catch(refused => this.tell(refused.message))),
    };
  }

  #draw() {
    const groups = grouped(this.chat.list), hand = this.#hand();
    const before = this.#shown, after = new Map();
    const first = before.size === 0;
    for (const group of groups) {
      const id = group[0].message_id, key = JSON.stringify(group), known = before.get(id);
      after.set(id, known?.key === key ? known : { key, node: this.#renewed(known, bubble(group, hand), first) });
    }
    for (const [id, { node }] of before) if (!after.has(id)) node.remove();
    let place = this.list.firstElementChild;
    for (const { node } of after.values()) {
      if (node === place) place = place.nextElementSibling;
      else this.list.insertBefore(node, place);
    }
    this.#shown = after;
    this.#drawBlank(this.chat.loaded && !groups.length, hand);
    if (this.visible) this.chat.seen();
    if (this.atEnd) this.#toEnd(); else this.#scrolled();
    this.composer.offer(this.chat.menu);
  }

  /** An empty chat says what can be written in it. */
  #drawBlank(blank, { say: write }) {
    this.blank.hidden = !blank;
    if (!blank) return;
    const commands = this.chat.menu.slice(0, 3).map(({ command, description }) =>
      element("button", { type: "button", onclick: () => write(`/${command}`) }, element("b", {}, `/${command}`), element("span", {}, description)));
    this.blank.replaceChildren(element("p", {}, say("Nothing is written here yet.")), ...commands);
  }

  /** Puts a changed bubble in the place of the old one without losing the keyboard's place. */
  #renewed(known, node, first) {
    if (!known) { if (!first) node.classList.add("new"); return node; }
    const focusable = "button, a, summary";
    const at = [...known.node.querySelectorAll(focusable)].indexOf(document.activeElement);
    known.node.replaceWith(node);
    if (at >= 0) (node.querySelectorAll(focusable)[at] ?? this.list).focus({ preventScroll: true });
    return node;
  }

  #toEnd(behavior = "auto") {
    this.list.scrollTo({ top: this.list.scrollHeight, behavior });
    this.atEnd = true;
    this.end.hidden = true;
  }

  #scrolled() {
    const left = this.list.scrollHeight - this.list.scrollTop - this.list.clientHeight;
    this.atEnd = left < NEAR_END_PX;
    this.end.hidden = this.atEnd;
  }
}
