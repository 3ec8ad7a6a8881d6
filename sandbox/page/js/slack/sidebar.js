// The list of places: channels, and the app with its home and its messages.
import { element, icon, keepingFocus } from "../dom.js";
import { say } from "../words.js";

export class Sidebar {
  /** `act`: { go(place), home(), shortcut(shortcut), left() when it is closed by key } */
  constructor(workspace, act) {
    Object.assign(this, { workspace, act });
    this.list = element("nav.places", { "aria-label": say("Channels") });
    this.node = element("div.slack-side", {}, element("div.team-name", {}, "Town Hall"), this.list);
    this.node.onclick = event => { if (event.target === this.node || event.target.closest("nav button")) this.node.classList.remove("open"); };
    this.node.onkeydown = event => {
      if (event.key !== "Escape" || !this.node.classList.contains("open")) return;
      event.preventDefault();
      this.node.classList.remove("open");
      this.act.left();
    };
  }

  /** On a narrow screen the list comes over the messages. */
  open() {
    this.node.classList.add("open");
    this.list.querySelector("button")?.focus();
  }

  draw(atHome) {
    const { workspace } = this;
    if (!workspace.me) return;
    const place = (id, name, symbol) => this.#row(name, symbol, !atHome && workspace.place === id, workspace.unread.has(`${workspace.me} ${id}`), () => this.act.go(id));
    const global = (workspace.app.shortcuts ?? []).filter(({ type }) => type === "global");
    keepingFocus(this.list, () => this.list.replaceChildren(
      element("h3", {}, say("Channels")), ...workspace.channels().map(({ id, name }) => place(id, name, "hash")),
      element("h3", {}, say("App")), this.#row(say("Home"), "home", atHome, false, () => this.act.home()), place(workspace.direct, say("Messages"), "chat"),
      ...(global.length ? [element("h3", {}, say("Shortcuts")), ...global.map(shortcut => this.#row(shortcut.name, "bolt", false, false, () => this.act.shortcut(shortcut)))] : [])));
  }

  #row(name, symbol, here, unread, act) {
    const button = element("button", { type: "button", "aria-current": here ? "page" : "false", onclick: act }, icon(symbol), element("span", {}, name));
    if (unread && !here) button.classList.add("unread");
    return button;
  }
}
