// A phone: the chat of whoever holds it, and their hand on it.
import { control } from "./api.js";
import { Composer } from "./composer.js";
import { element } from "./dom.js";
import { Log } from "./log.js";
import { Toast } from "./toast.js";
import { language, say } from "./words.js";

const LOOKED_AT_MS = 600; // how long a message is on the screen before it counts as read

export class Phone {
  person = null;
  chat = null;

  constructor(root, chats, head) {
    Object.assign(this, { root, chats });
    this.log = new Log();
    this.blank = element("div.blank", { hidden: true });
    this.toast = new Toast();
    this.composer = new Composer(this);
    this.screen = element("div.screen", {}, this.log.node, this.blank, this.log.end, this.toast.node);
    root.append(head, this.screen, this.composer.node);
    this.redraw = () => this.#draw();
    this.alert = this.#alert();
  }

  /** Hands the phone to somebody and opens an app: a dialect, such as telegram/dialect.js. */
  show(person, dialect) {
    this.chat?.removeEventListener("change", this.redraw);
    Object.assign(this, { person, dialect });
    this.root.dataset.channel = dialect.name;
    this.chat = this.chats.of(dialect.name, person.id);
    this.clock = new Intl.DateTimeFormat(language, { hour: "2-digit", minute: "2-digit", hourCycle: "h23", timeZone: person.timezone || undefined });
    this.chat.addEventListener("change", this.redraw);
    this.log.clear();
    this.toast.hide(); // it was told to somebody else
    this.composer.clear();
    this.#draw();
  }

  get visible() { return this.root.offsetParent !== null && !document.hidden; }

  /** Writes to the bot as this person. */
  async write(wish) {
    this.log.atEnd = true;
    try {
      return await control("say", { person: this.person.id, ...wish }, this.dialect.name);
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
    const box = element("dialog.alert", { "aria-label": say("Message") }, element("p"),
      element("form", { method: "dialog" }, element("button.primary", {}, say("OK"))));
    document.body.append(box); // a box inside a phone that is put away would hold the page for nobody
    return box;
  }

  #hand() {
    const { person, dialect, clock, chat } = this;
    return {
      person: person.id, channel: dialect.name, clock,
      find: id => chat.messages.get(id),
      say: text => this.write({ text }).catch(() => {}),
      tell: (text, alert) => this.tell(text, alert),
      edit: message => this.composer.edit(message),
      remove: group => group.forEach(message =>
        control("delete", { person: person.id, message_id: dialect.idOf(message) }, dialect.name).catch(refused => this.tell(refused.message))),
    };
  }

  #draw() {
    const { dialect, chat } = this;
    const groups = dialect.grouped(chat.list), hand = this.#hand();
    this.log.draw(groups.map((group, index) => {
      const last = dialect.livesAtEnd && index === groups.length - 1;
      return { id: dialect.idOf(group[0]), shows: [group, last], build: () => dialect.bubble(group, hand, last) };
    }));
    this.#drawBlank(chat.loaded && !groups.length);
    if (this.visible) {
      chat.seen();
      if (chat.list.some(({ status }) => status === "delivered")) this.#readSoon();
    }
    this.composer.offer(dialect.offers(chat.menu));
  }

  /** Where the platform tells senders what was read: the chat is open, so this was. */
  #readSoon() {
    clearTimeout(this.reading);
    const { person, dialect } = this;
    this.reading = setTimeout(() => control("read", { person: person.id }, dialect.name).catch(() => {}), LOOKED_AT_MS);
  }

  /** An empty chat says how one begins. */
  #drawBlank(blank) {
    this.blank.hidden = !blank;
    if (!blank) return;
    const { dialect, person } = this;
    const begin = ({ verb, wish }) => control(verb, { person: person.id, ...wish }, dialect.name).catch(refused => this.tell(refused.message));
    this.blank.replaceChildren(element("p", {}, say("Nothing is written here yet.")), ...dialect.beginning(this.chat.menu).map(step =>
      element("button", { type: "button", onclick: () => begin(step) }, element("b", {}, step.words), element("span", {}, step.description))));
  }
}
