// A phone: the chat of whoever holds it, and their hand on it.
import { control } from "./api.js";
import { Composer } from "./composer.js";
import { element } from "./dom.js";
import { Log } from "./log.js";
import { Toast } from "./toast.js";
import { language, say } from "./words.js";
import { bubble, grouped } from "./telegram/bubble.js";

export class Phone {
  person = null;
  chat = null;

  constructor(root, chats, channel, head) {
    Object.assign(this, { root, chats, channel });
    this.log = new Log();
    this.blank = element("div.blank", { hidden: true });
    this.toast = new Toast();
    this.composer = new Composer(this);
    this.screen = element("div.screen", {}, this.log.list, this.blank, this.log.end, this.toast.node);
    root.append(head, this.screen, this.composer.node);
    this.redraw = () => this.#draw();
    this.alert = this.#alert();
  }

  /** Hands the phone to somebody. */
  show(person) {
    this.chat?.removeEventListener("change", this.redraw);
    this.person = person;
    this.chat = this.chats.of(this.channel, person.id);
    this.clock = new Intl.DateTimeFormat(language, { hour: "2-digit", minute: "2-digit", hourCycle: "h23", timeZone: person.timezone || undefined });
    this.chat.addEventListener("change", this.redraw);
    this.log.clear();
    this.composer.clear();
    this.#draw();
  }

  get visible() { return this.root.offsetParent !== null && !document.hidden; }

  /** Writes to the bot as this person. */
  async write(wish) {
    this.log.atEnd = true;
    try {
      return await control("say", { person: this.person.id, ...wish }, this.channel);
    } catch (refused) {
      this.tell(refused.message);
      throw refused;
    }
  }

  /** What the bot answers to a press: a note that goes, or a box to be closed. */
  tell(text, alert = false) {
    if (!alert) { this.toast.show(text); return; }
    this.alert.querySelector("p").textContent = text;
    this.alert.showModal();
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
    this.log.draw(groups.map(group => ({ id: group[0].message_id, shows: group, build: () => bubble(group, hand) })));
    this.#drawBlank(this.chat.loaded && !groups.length, hand);
    if (this.visible) this.chat.seen();
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
}
