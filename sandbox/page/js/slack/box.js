// The message box: words, files, and slash commands where the app has any.
import { Attach } from "../attach.js";
import { element, icon } from "../dom.js";
import { Offers } from "../offers.js";
import { N_, say } from "../words.js";
import { sent } from "./files.js";

const COMMAND = "/broadcast";
const USUAL = {
  "": N_("open the console"), new: N_("write a new broadcast"), drafts: N_("your drafts"), status: N_("what is on its way"),
  report: N_("what became of it"), audience: N_("choose who receives it"), team: N_("who is in the team"), help: N_("what the app can do"),
};

export class Box {
  /** `target`: { label(), write(wish), command(command, text) or null } */
  constructor(target) {
    this.target = target;
    this.field = element("textarea", { rows: "1", autocomplete: "off" });
    this.attach = new Attach(() => this.field.focus());
    this.offers = new Offers(this.field, words => this.#take(words));
    if (target.command) {
      this.offers.take(Object.entries(USUAL).map(([word, description]) => ({ words: `${COMMAND} ${word}`.trim(), description: say(description) })));
    }
    this.button = element("button.send", { type: "submit", "aria-label": say("Send"), title: say("Send") }, icon("send"));
    this.node = element("form.slack-box", {}, this.offers.node, this.attach.chosen, this.field,
      element("div.box-foot", {}, this.attach.button, element("small", {}, say("*bold* _italic_ ~strike~ `code`")), this.button), this.attach.panel);
    this.node.onsubmit = event => { event.preventDefault(); this.#submit(); };
    this.field.oninput = () => this.offers.filter();
    this.field.onkeydown = event => {
      if (this.offers.key(event)) return;
      if (event.key === "Enter" && !event.shiftKey && !event.isComposing) { event.preventDefault(); this.#submit(); }
    };
    this.name();
  }

  /** The place has changed: the field says where it writes. */
  name() {
    const label = this.target.label();
    this.field.placeholder = label;
    this.field.setAttribute("aria-label", label);
  }

  clear() {
    this.field.value = "";
    this.attach.clear();
    this.offers.filter();
  }

  #take(words) {
    this.field.value = words;
    this.#submit();
  }

  /** The box is free for the next message at once; what could not be sent comes back. */
  async #submit() {
    const text = this.field.value.trim(), files = this.attach.files.map(sent);
    if (!text && !files.length) return;
    const [, command, rest] = /^(\/\S+)\s*([^]*)$/.exec(text) ?? [];
    const items = this.attach.take();
    this.clear();
    try {
      if (command && this.target.command) await this.target.command(command, rest);
      else await this.target.write({ text: escaped(text), files });
    } catch { // the pane has said why
      this.field.value ||= text;
      this.attach.put(items);
    }
  }
}

const escaped = text => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
