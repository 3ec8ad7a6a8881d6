// The team's phone: one device, handed from the author to the approver and back.
import { element } from "./dom.js";
import { face, nameOf } from "./people.js";
import { Phone } from "./phone.js";
import { telegram } from "./telegram/dialect.js";
import { N_, say } from "./words.js";

// The people of the demo (sandbox/scenario.py).
export const AUTHOR = 7001, APPROVER = 7002;
const ROLES = { [AUTHOR]: N_("author"), [APPROVER]: N_("approver") };

export class Team {
  #tabs = new Map();

  constructor(root, admins, chats, changed) {
    this.admins = admins;
    const head = element("div.people-tabs", { role: "tablist", "aria-label": say("Who are you?") });
    this.phone = new Phone(root.appendChild(element("section.device", { "aria-label": say("The team's phone") })), chats, head);
    for (const person of admins) {
      const badge = element("i.badge", { hidden: true });
      const tab = element("button", { type: "button", role: "tab", onclick: () => this.become(person.id) }, face(person),
        element("span.name", {}, element("b", {}, nameOf(person)), element("small", {}, say(ROLES[person.id] ?? ""))), badge);
      this.#tabs.set(person.id, tab);
      head.append(tab);
      const chat = chats.of("telegram", person.id);
      chat.addEventListener("change", () => {
        const count = this.phone.chat === chat && this.phone.visible ? 0 : chat.unread;
        badge.hidden = !count;
        badge.textContent = count;
        changed();
      });
    }
    head.onkeydown = event => this.#arrow(event);
    this.become(admins[0].id);
  }

  become(id) {
    for (const [other, tab] of this.#tabs) {
      tab.setAttribute("aria-selected", String(other === id));
      tab.tabIndex = other === id ? 0 : -1;
    }
    this.phone.show(this.admins.find(person => person.id === id), telegram);
  }

  /** The newest button with this command on the phone, or null. */
  key(command) {
    return [...this.phone.log.node.querySelectorAll(`.key[data-command^="${command}"]`)].at(-1) ?? null;
  }

  #arrow(event) {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!step) return;
    const ids = [...this.#tabs.keys()];
    const next = ids[(ids.indexOf(this.phone.person.id) + step + ids.length) % ids.length];
    this.become(next);
    this.#tabs.get(next).focus();
  }
}
