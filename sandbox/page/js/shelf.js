// The subscribers' phones side by side: as many as there is room for, and a dot for each.
import { element } from "./dom.js";
import { nameOf } from "./people.js";
import { say } from "./words.js";

const NARROWEST_PX = 290, GAP_PX = 22;

export class Shelf extends EventTarget {
  // Event: "change" when other phones are in sight.
  #first = 0;
  #room = 1;

  /** `phones`: what subscriber.js makes, whose `root` stands in `shelf`. */
  constructor(shelf, dots, phones) {
    super();
    Object.assign(this, { phones });
    this.dots = dots;
    dots.setAttribute("role", "group");
    dots.setAttribute("aria-label", say("Which phone"));
    dots.replaceChildren(...phones.map((_, index) => element("button.dot", { type: "button", onclick: () => this.#go(index) }, element("i"))));
    dots.onkeydown = event => this.#arrow(event);
    new ResizeObserver(() => this.#measure(shelf.clientWidth)).observe(shelf);
    this.#measure(shelf.clientWidth);
  }

  /** The phones that are in their turn, whether or not their pane is looked at. */
  get inTurn() { return this.phones.filter(({ root }) => !root.hidden); }

  #measure(width) {
    if (!width) return; // put away
    this.#room = Math.max(1, Math.floor((width + GAP_PX) / (NARROWEST_PX + GAP_PX)));
    this.#place();
  }

  #go(index) {
    this.#first = index;
    this.#place();
  }

  #place() {
    const { phones } = this, room = Math.min(this.#room, phones.length);
    const first = Math.min(this.#first, phones.length - room);
    const before = phones.map(({ root }) => root.hidden).join();
    phones.forEach(({ root }, index) => { root.hidden = index < first || index >= first + room; });
    this.dots.hidden = room >= phones.length;
    this.draw();
    if (before !== phones.map(({ root }) => root.hidden).join()) this.dispatchEvent(new Event("change"));
  }

  /** Names and news may have changed. */
  draw() {
    this.phones.forEach(({ root, phone }, index) => {
      const dot = this.dots.children[index], words = say("{name}'s phone, {n} of {total}", { name: nameOf(phone.person), n: index + 1, total: this.phones.length });
      dot.title = words;
      dot.setAttribute("aria-label", words);
      dot.setAttribute("aria-pressed", String(!root.hidden));
      dot.classList.toggle("news", root.hidden && phone.chat.unread > 0);
    });
  }

  #arrow(event) {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key], dots = [...this.dots.children];
    if (!step) return;
    event.preventDefault();
    const next = dots[(dots.indexOf(document.activeElement) + step + dots.length) % dots.length];
    next.focus();
    next.click();
  }
}
