// One pane at a time on a narrow screen: the bar at its foot.
import { element, icon } from "./dom.js";

export class Tabs {
  #buttons = new Map();

  /** `panes`: [{ name, symbol, title }] */
  constructor(root, panes) {
    this.shown = new EventTarget();
    for (const { name, symbol, title } of panes) {
      const button = element("button", { type: "button", onclick: () => this.go(name) }, icon(symbol), element("span", {}, title), element("i.badge", { hidden: true }));
      this.#buttons.set(name, button);
      root.append(button);
    }
    this.go(panes[0].name);
  }

  go(name) {
    document.body.dataset.view = name;
    for (const [other, button] of this.#buttons) button.setAttribute("aria-current", other === name ? "page" : "false");
    this.shown.dispatchEvent(new Event("change"));
  }

  badge(name, count) {
    const badge = this.#buttons.get(name).querySelector(".badge");
    badge.hidden = !count;
    badge.textContent = count > 99 ? "99+" : count;
  }
}
