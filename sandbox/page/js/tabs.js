// Which pane is looked at: the bar at the foot of a narrow screen, and the switch between consoles.
import { element, icon } from "./dom.js";
import { say } from "./words.js";

const LAST = "tellal-pane"; // in this tab of the browser: where one was before the page was read again

export class Tabs {
  #buttons = new Map(); // name → its buttons

  /** `panes`: [{ name, symbol, title, console }]; those with `console` (its name) share a place. */
  constructor(bar, swap, panes) {
    this.shown = new EventTarget();
    this.panes = new Map(panes.map(pane => [pane.name, pane]));
    const consoles = panes.filter(pane => pane.console);
    bar.setAttribute("aria-label", say("Parts of this page"));
    swap.setAttribute("role", "group");
    swap.setAttribute("aria-label", say("The team's console"));
    for (const pane of panes) {
      const tab = this.#button(pane, element("span", {}, pane.title), icon(pane.symbol));
      bar.append(tab);
      this.#buttons.set(pane.name, [tab]);
      if (consoles.length < 2 || !pane.console) continue;
      const part = this.#button(pane, pane.console);
      swap.append(part);
      this.#buttons.get(pane.name).push(part);
    }
    const before = last();
    this.go(panes[0].name);
    if (this.panes.has(before)) this.go(before);
  }

  #button({ name }, ...parts) {
    return element("button", { type: "button", "data-pane": name, onclick: () => this.go(name) }, ...parts.reverse(), element("i.badge", { hidden: true }));
  }

  go(name) {
    document.body.dataset.view = name;
    try { sessionStorage.setItem(LAST, name); } catch { /* the first pane, then */ }
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

function last() {
  try { return sessionStorage.getItem(LAST); } catch { return null; }
}
