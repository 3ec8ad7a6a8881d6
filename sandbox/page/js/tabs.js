// Which pane is looked at: the bar at the foot of a narrow screen, and the switch between consoles.
import { element, icon } from "./dom.js";

export class Tabs {
  #buttons = new Map(); // name → its buttons

  /** `panes`: [{ name, symbol, title, console }]; those with `console` (its name) share a place. */
  constructor(bar, swap, panes) {
    this.shown = new EventTarget();
    this.panes = new Map(panes.map(pane => [pane.name, pane]));
    const consoles = panes.filter(pane => pane.console);
    for (const pane of panes) {
      const tab = this.#button(pane, element("span", {}, pane.title), icon(pane.symbol));
      bar.append(tab);
      this.#buttons.set(pane.name, [tab]);
      if (consoles.length < 2 || !pane.console) continue;
      const part = this.#button(pane, pane.console);
      swap.append(part);
      this.#buttons.get(pane.name).push(part);
    }
    this.go(panes[0].name);
  }

  #button({ name }, ...parts) {
    return element("button", { type: "button", "data-pane": name, onclick: () => this.go(name) }, ...parts.reverse(), element("i.badge", { hidden: true }));
  }

  go(name) {
    document.body.dataset.view = name;
    if (this.panes.get(name).console) document.body.dataset.console = name;
    for (const [other, [tab, part]] of this.#buttons) {
      tab.setAttribute("aria-current", other === name ? "page" : "false");
      part?.setAttribute("aria-pressed", String(other === document.body.dataset.console));
    }
    this.shown.dispatchEvent(new Event("change"));
  }

  badge(name, count) {
    for (const button of this.#buttons.get(name)) {
      const badge = button.querySelector(".badge");
      badge.hidden = !count;
      badge.textContent = count > 99 ? "99+" : count;
    }
  }
}
