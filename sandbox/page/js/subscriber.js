// A subscriber's phone: whose it is and which app is open can be picked; its owner can block us there.
import { control } from "./api.js";
import { element, icon } from "./dom.js";
import { messenger, whatsapp } from "./meta/dialect.js";
import { nameOf, Picker } from "./people.js";
import { Phone } from "./phone.js";
import { telegram } from "./telegram/dialect.js";
import { say } from "./words.js";

const LOOKED_AT = 16; // people looked at to find some who have joined
const JOIN = '"s:in"'; // the button that lets somebody in: who has it in the last message is not in

/** The apps a product is connected to in this sandbox; Telegram always. */
export async function apps() {
  const { channels } = await control("state");
  return [telegram, whatsapp, messenger].filter(({ name }) => name === "telegram" || channels[name]?.webhook?.url);
}

export class Subscriber {
  neighbours = []; // the other phones
  #blocked = new Set(); // "channel person"
  #held = new Map(); // by app: who had this phone last

  constructor(shelf, people, chats, dialects) {
    const root = shelf.appendChild(element("section.device"));
    Object.assign(this, { chats, dialects });
    this.picker = new Picker(people, person => this.give(person, this.phone.dialect));
    this.block = element("button.icon-button", { type: "button" }, icon("block"));
    this.block.onclick = () => this.#block(true);
    this.switch = element("div.apps", { role: "group", "aria-label": say("App"), hidden: dialects.length < 2 }, dialects.map(dialect =>
      element("button", { type: "button", title: dialect.title, "aria-label": dialect.title, "data-app": dialect.name, onclick: () => this.#open(dialect) }, element("i", {}, icon(dialect.symbol)))));
    this.phone = new Phone(root, chats, element("div.device-head", {}, this.picker.button, this.switch, this.block));
    document.body.append(this.picker.box);
    this.root = root;
    this.unblock = element("button.unblock", { type: "button", hidden: true, onclick: () => this.#block(false) }, say("Unblock"));
    root.append(this.unblock);
  }

  /** Opens an app. Whoever is not there yet makes room for who had it last, or whose phone is out of sight. */
  #open(dialect) {
    const { person } = this.phone, { name } = dialect;
    const isThere = this.chats.of(name, person.id).list.length > 0;
    const other = this.#held.get(name) ?? this.neighbours.find(({ phone }) => phone.dialect === dialect && !phone.visible)?.phone.person;
    this.give(isThere ? person : other ?? person, dialect);
  }

  give(person, dialect) {
    this.#held.set(dialect.name, person);
    for (const chat of this.others ?? []) chat.removeEventListener("change", this.news);
    this.picker.show(person);
    this.phone.show(person, dialect);
    this.phone.root.setAttribute("aria-label", say("{name}'s phone", { name: nameOf(person) }));
    this.news = () => this.#draw();
    this.others = this.dialects.filter(other => other !== dialect).map(({ name }) => this.chats.of(name, person.id));
    for (const chat of this.others) chat.addEventListener("change", this.news);
    this.#draw();
  }

  async #block(blocked) {
    const { person: { id }, dialect: { name } } = this.phone;
    await control(blocked ? "block" : "unblock", { person: id }, name);
    if (blocked) this.#blocked.add(`${name} ${id}`); else this.#blocked.delete(`${name} ${id}`);
    this.#draw();
    (blocked ? this.unblock : this.phone.composer.field).focus();
  }

  #draw() {
    const { person, dialect } = this.phone;
    const blocked = this.#blocked.has(`${dialect.name} ${person.id}`);
    this.block.title = say("Block the sender");
    this.block.setAttribute("aria-label", this.block.title);
    this.block.hidden = blocked;
    this.unblock.hidden = !blocked;
    this.phone.composer.node.hidden = blocked;
    for (const button of this.switch.children) {
      const { app } = button.dataset;
      button.setAttribute("aria-pressed", String(app === dialect.name));
      button.classList.toggle("news", app !== dialect.name && this.chats.of(app, person.id).unread > 0);
    }
  }
}

/** Somebody for each phone: [{ person, dialect }], of different languages, who have joined if any have. */
export async function firstPeople(people, dialects, count) {
  const found = [];
  for (let number = 0; number < count; number += 1) {
    const dialect = dialects[number % dialects.length];
    const wanted = number % 2 ? "tr" : "en";
    const free = people.filter(person => !found.some(one => one.person === person));
    const joined = await whoJoined(free, dialect);
    const person = joined.find(({ language }) => language === wanted) ?? joined[0] ?? free.find(({ language }) => language === wanted) ?? free[0];
    if (person) found.push({ person, dialect });
  }
  return found;
}

/** The first few whose last message of ours does not ask whether they want to hear from us. */
async function whoJoined(people, dialect) {
  const { counts } = await control("received", undefined, dialect.name).catch(() => ({ counts: {} }));
  const some = people.filter(({ id }) => counts[id]).slice(0, LOOKED_AT);
  const standing = await Promise.all(some.map(async person => {
    const { messages } = await control(`chat?person=${person.id}`, undefined, dialect.name);
    const last = messages.filter(message => message.from?.is_bot ?? message.from_business).at(-1);
    return last && !JSON.stringify(last).includes(JOIN);
  }));
  return some.filter((_, index) => standing[index]);
}
