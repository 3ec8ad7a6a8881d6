// A subscriber's phone: whose it is can be picked; its owner can also block the bot.
import { control } from "./api.js";
import { element, icon } from "./dom.js";
import { nameOf, Picker } from "./people.js";
import { Phone } from "./phone.js";
import { say } from "./words.js";

export class Subscriber {
  #blocked = new Set();

  constructor(shelf, people, chats, channel) {
    const root = shelf.appendChild(element("section.device"));
    this.picker = new Picker(people, person => this.give(person));
    this.block = element("button.icon-button", { type: "button" }, icon("block"));
    this.block.onclick = () => this.#block(!this.#blocked.has(this.phone.person.id));
    this.phone = new Phone(root, chats, channel, element("div.device-head", {}, this.picker.button, this.block));
    root.append(this.picker.box);
    this.unblock = element("button.unblock", { type: "button", hidden: true, onclick: () => this.#block(false) }, say("Unblock"));
    root.append(this.unblock);
  }

  give(person) {
    this.picker.show(person);
    this.phone.show(person);
    this.phone.root.setAttribute("aria-label", say("{name}'s phone", { name: nameOf(person) }));
    this.#draw();
  }

  async #block(blocked) {
    const { id } = this.phone.person;
    await control(blocked ? "block" : "unblock", { person: id }, this.phone.channel);
    if (blocked) this.#blocked.add(id); else this.#blocked.delete(id);
    this.#draw();
  }

  #draw() {
    const blocked = this.#blocked.has(this.phone.person.id);
    const words = blocked ? say("Unblock the bot") : say("Block the bot");
    this.block.title = words;
    this.block.setAttribute("aria-label", words);
    this.block.hidden = blocked;
    this.unblock.hidden = !blocked;
    this.phone.composer.node.hidden = blocked;
  }
}

/** Two people to begin with, of different languages, who have joined if anybody has. */
export async function firstPeople(people) {
  const standing = await Promise.all(people.slice(0, 16).map(async person => {
    try {
      const { messages } = await control(`chat?person=${person.id}`, undefined, "telegram");
      const last = messages.filter(({ from }) => from.is_bot).at(-1);
      return { person, joined: Boolean(last) && !last.reply_markup };
    } catch { return { person, joined: false }; }
  }));
  standing.sort((a, b) => b.joined - a.joined);
  const of = language => standing.find(({ person }) => person.language === language)?.person;
  const chosen = [of("en"), of("tr"), ...people].filter(Boolean);
  return [...new Set(chosen)].slice(0, 2);
}
