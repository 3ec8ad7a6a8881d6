// A note that goes by itself, inside the pane it belongs to.
import { element } from "./dom.js";

const SHOWN_MS = 3500;

export class Toast {
  constructor() { this.node = element("div.toast", { role: "status", hidden: true }); }

  show(text) {
    this.node.textContent = text;
    this.node.hidden = false;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.hide(), SHOWN_MS);
  }

  hide() { this.node.hidden = true; }
}
