// Commands, offered while one types "/": arrows choose, Enter or a tap writes.
import { element } from "./dom.js";
import { say } from "./words.js";

let serial = 0;

export class Offers {
  #menu = [];
  #at = -1;

  constructor(field, choose) {
    this.field = field;
    this.choose = choose;
    const id = `offers-${serial += 1}`;
    this.node = element("div.offers", { id, role: "listbox", "aria-label": say("Commands"), hidden: true });
    field.setAttribute("aria-controls", id);
    field.setAttribute("aria-autocomplete", "list");
    field.addEventListener("blur", () => setTimeout(() => { this.node.hidden = true; }, 150));
  }

  /** `menu`: [{ words: "/new", description }] */
  take(menu) { this.#menu = menu; }

  filter() {
    const words = this.field.value;
    const fit = words.startsWith("/") ? this.#menu.filter(offer => offer.words.startsWith(words)) : [];
    this.#at = -1;
    this.field.removeAttribute("aria-activedescendant");
    this.node.replaceChildren(...fit.map(({ words: command, description }) => {
      const offer = element("button", { type: "button", role: "option", tabindex: "-1", id: `${this.node.id}-${command}`.replaceAll(" ", "_"), "aria-selected": "false" },
        element("b", {}, command), element("span", {}, description));
      offer.onmousedown = event => event.preventDefault(); // the line keeps the focus
      offer.onclick = () => this.#take(command);
      return offer;
    }));
    this.node.hidden = !fit.length;
  }

  /** Whether the key was used here. */
  key(event) {
    const offers = [...this.node.children];
    if (this.node.hidden || !offers.length) return false;
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      const step = event.key === "ArrowDown" ? 1 : -1;
      this.#at = (this.#at + step + offers.length) % offers.length;
      offers.forEach((offer, index) => offer.setAttribute("aria-selected", index === this.#at));
      this.field.setAttribute("aria-activedescendant", offers[this.#at].id);
      offers[this.#at].scrollIntoView({ block: "nearest" });
    } else if (event.key === "Escape") this.node.hidden = true;
    else if (event.key === "Tab" && !event.shiftKey) offers[Math.max(this.#at, 0)].click();
    else if (event.key === "Enter" && this.#at >= 0) offers[this.#at].click();
    else return false;
    event.preventDefault();
    return true;
  }

  #take(command) {
    this.node.hidden = true;
    this.choose(command);
  }
}
