// A list of messages: only what changed is drawn anew, and whoever reads the end stays at the end.
import { element, focusable, icon } from "./dom.js";
import { say } from "./words.js";

const NEAR_END_PX = 80, SETTLED_MS = 1000;

export class Log {
  atEnd = true;
  #height = 0; // of the whole list when it was last looked at
  #shown = new Map(); // id → { key, node }

  constructor(shape = "ol.chat") {
    this.list = element(shape);
    this.node = element("div.log", { role: "log", "aria-relevant": "additions", "aria-label": say("Messages"), tabindex: "0" }, this.list);
    this.end = element("button.to-end", { type: "button", hidden: true, "aria-label": say("To the newest message") }, icon("down"));
    this.end.onclick = () => this.toEnd("smooth");
    this.node.onscroll = () => this.#scrolled();
    // A picture that has come grows the list: what was at the end stays at the end.
    this.node.addEventListener("load", () => this.atEnd && this.toEnd(), true);
  }

  clear() {
    this.#shown.clear();
    this.list.replaceChildren();
    this.node.ariaBusy = "true"; // a chat that is opened is not read out from its beginning
    this.atEnd = true;
  }

  /** `entries`: [{ id, shows, build }]; an entry is built again when what it `shows` differs. */
  draw(entries) {
    const before = this.#shown, after = new Map();
    for (const { id, shows, build } of entries) {
      const key = JSON.stringify(shows), known = before.get(id);
      after.set(id, known?.key === key ? known : { key, node: this.#renewed(known, build(), before.size > 0) });
    }
    const held = this.list.contains(document.activeElement);
    for (const [id, { node }] of before) if (!after.has(id)) node.remove();
    if (held && !this.list.contains(document.activeElement)) this.node.focus({ preventScroll: true });
    let place = this.list.firstElementChild;
    for (const { node } of after.values()) {
      if (node === place) place = place.nextElementSibling;
      else this.list.insertBefore(node, place);
    }
    this.#shown = after;
    if (before.size || !after.size) this.node.ariaBusy = "false";
    else setTimeout(() => { this.node.ariaBusy = "false"; }, SETTLED_MS);
    if (this.atEnd) this.toEnd(); else this.#scrolled();
  }

  /** Puts a changed entry in the place of the old one without losing the keyboard's place. */
  #renewed(known, node, alive) {
    if (!known) { if (alive) node.classList.add("new"); return node; }
    const at = focusable(known.node).indexOf(document.activeElement);
    known.node.replaceWith(node);
    if (at >= 0) (focusable(node)[at] ?? this.node).focus({ preventScroll: true });
    return node;
  }

  toEnd(behavior = "auto") {
    this.#height = this.node.scrollHeight;
    this.node.scrollTo({ top: this.#height, behavior });
    this.atEnd = true;
    this.end.hidden = true;
  }

  #scrolled() {
    const { scrollHeight, scrollTop, clientHeight } = this.node;
    // Nobody has scrolled away: a picture has made the list longer under them.
    if (this.atEnd && scrollHeight > this.#height) { this.toEnd(); return; }
    this.#height = scrollHeight;
    const left = scrollHeight - scrollTop - clientHeight;
    this.atEnd = left < NEAR_END_PX;
    this.end.hidden = this.atEnd;
  }
}
