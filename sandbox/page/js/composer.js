// The line one writes in: words with marks, files beside them, commands offered, messages edited.
import { control } from "./api.js";
import { Attach } from "./attach.js";
import { element, icon } from "./dom.js";
import { Offers } from "./offers.js";
import { say } from "./words.js";

const WRAPS = { b: "**", i: "__", u: "++" };

export class Composer {
  #editing = null;

  constructor(phone) {
    this.phone = phone;
    this.field = element("textarea", { rows: "1", "aria-label": say("Message"), placeholder: say("Message"), autocomplete: "off" });
    this.attach = new Attach(() => this.field.focus(), { hint: say("Another picture makes an album.") });
    this.offers = new Offers(this.field, text => this.#send([{ text }]));
    this.state = element("div.editing", { hidden: true });
    this.button = element("button.send", { type: "submit", "aria-label": say("Send"), title: say("Send") }, icon("send"));
    this.node = element("form.composer", {}, this.offers.node, this.state, this.attach.chosen,
      element("div.line", {}, this.attach.button, this.field, this.button), this.attach.panel);
    this.node.onsubmit = event => { event.preventDefault(); this.#submit(); };
    this.field.oninput = () => { this.#grow(); this.offers.filter(); };
    this.field.onkeydown = event => this.#key(event);
  }

  offer(menu) { this.offers.take(menu); }

  clear() {
    this.field.value = "";
    this.attach.clear();
    this.#leaveEditing();
    this.#grow();
    this.offers.filter();
  }

  /** Puts a message of one's own back into the line, to be changed. */
  edit(message) {
    this.clear();
    this.#editing = message;
    const leave = element("button", { type: "button", "aria-label": say("Leave it as it was"), onclick: () => this.clear() }, icon("close"));
    this.state.replaceChildren(icon("edit"), element("span", {}, say("Editing")), leave);
    this.state.hidden = false;
    this.field.value = this.phone.dialect.retyped(message);
    this.#grow();
    this.field.focus();
  }

  #leaveEditing() {
    this.#editing = null;
    this.state.hidden = true;
  }

  #key(event) {
    if (this.offers.key(event)) return;
    if (event.key === "Escape" && this.#editing) this.clear();
    if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
      event.preventDefault();
      this.#submit();
    }
    const wrap = (event.ctrlKey || event.metaKey) && WRAPS[event.key];
    if (wrap) {
      event.preventDefault();
      const { selectionStart: from, selectionEnd: to, value } = this.field;
      this.field.setRangeText(wrap + value.slice(from, to) + wrap, from, to, "end");
    }
  }

  #submit() {
    const line = this.field.value.trim();
    return this.#editing ? this.#save(line) : this.#send(this.phone.dialect.wishes(line, this.attach.files));
  }

  /** The line is free for the next message at once; what could not be sent comes back. */
  async #send(wishes) {
    if (!wishes.length) return;
    const words = this.field.value, items = this.attach.take();
    this.clear();
    try {
      for (const wish of wishes) await this.phone.write(wish);
    } catch { // the phone has said why
      this.field.value ||= words;
      this.attach.put(items);
    }
  }

  async #save(line) {
    try {
      await control("edit", { person: this.phone.person.id, ...this.phone.dialect.edit(this.#editing, line) }, this.phone.dialect.name);
      this.clear();
    } catch (refused) {
      this.phone.tell(refused.message);
    }
  }

  /** Where CSS does not let the field grow with its words. */
  #grow() {
    if (CSS.supports("field-sizing", "content")) return;
    this.field.style.height = "auto";
    this.field.style.height = this.field.scrollHeight ? `${this.field.scrollHeight}px` : "";
  }
}
