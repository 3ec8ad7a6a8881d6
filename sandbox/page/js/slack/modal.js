// Modals: they open, keep what is typed while the app changes them, say what is wrong, and submit.
import { element, icon, keepingFocus } from "../dom.js";
import { say } from "../words.js";
import { blocks } from "./blocks.js";
import { interactive } from "./elements.js";
import { words } from "./mrkdwn.js";

export class Modal {
  #view = null;
  #inputs = new Map(); // block_id/action_id → { spec, node }: a field stays while the app keeps it
  #dirty = new Map(); // block_id → a value Slack has not been told yet

  /** `inSight()`: whether the workspace is on the screen. `back()`: where the focus goes when it has nowhere to. */
  constructor(workspace, inSight, back) {
    Object.assign(this, { workspace, inSight });
    this.box = element("dialog.modal", { "aria-labelledby": "modal-title" });
    this.box.oncancel = event => { event.preventDefault(); this.#close(); };
    this.box.onclose = () => { if (!document.activeElement || document.activeElement === document.body) back().focus(); };
    workspace.addEventListener("view", ({ detail }) => detail === "errors" ? this.#mark(workspace.errors) : this.#show(workspace.view));
  }

  #show(view) {
    const same = view && this.#view?.id === view.id;
    this.#view = view;
    if (!same) { this.#inputs.clear(); this.#dirty.clear(); }
    if (!view) { this.settle(); return; }
    const scrolled = same ? this.box.querySelector(".modal-body")?.scrollTop : 0;
    keepingFocus(this.box, () => this.box.replaceChildren(...this.#parts(view)));
    this.box.querySelector(".modal-body").scrollTop = scrolled;
    this.settle();
    if (!same) this.box.querySelector(".modal-body :is(input, textarea, select, [contenteditable])")?.focus();
  }

  /** Open only where it can be seen: a dialog that is not drawn takes the page from everybody. */
  settle() {
    const wanted = Boolean(this.#view) && this.inSight();
    if (wanted && !this.box.open) this.box.showModal();
    else if (!wanted && this.box.open) this.box.close();
  }

  #parts(view) {
    const close = view.close?.text ?? say("Cancel");
    this.note = element("p.modal-note", { role: "alert", hidden: true });
    this.form = element("form.modal-form", { novalidate: true },
      element("header", {}, element("h2", { id: "modal-title" }, view.title.text),
        element("button.icon-button", { type: "button", "aria-label": say("Close"), onclick: () => this.#close(true) }, icon("close"))),
      element("div.modal-body", {}, blocks(view.blocks, this.#surface(view))),
      this.note,
      element("footer", {}, element("button.slack-button", { type: "button", onclick: () => this.#close() }, close),
        view.submit && element("button.slack-button.primary", { type: "submit", disabled: view.submit_disabled }, view.submit.text)));
    this.form.onsubmit = event => { event.preventDefault(); this.#submit(); };
    return [this.form];
  }

  #surface(view) {
    return {
      workspace: this.workspace,
      stateOf: (block, spec) => view.state?.values?.[block.block_id]?.[spec.action_id],
      press: (block, spec, choice) => this.#press(block, spec, choice),
      input: block => this.#input(block, view),
    };
  }

  #input(block, view) {
    const { element: spec, block_id: id } = block, key = `${id}/${spec.action_id}`;
    const label = block.label.text;
    let kept = this.#inputs.get(key);
    if (JSON.stringify(kept?.spec) !== JSON.stringify(spec)) {
      const node = interactive(spec, {
        label, workspace: this.workspace, state: view.state?.values?.[id]?.[spec.action_id],
        changed: value => { this.#dirty.set(id, value); this.#unmark(id); },
        press: block.dispatch_action ? choice => this.#press(block, spec, choice) : null,
      });
      this.#inputs.set(key, kept = { spec, node });
    }
    return element("div.block-input", { "data-block": id },
      element("div.label", {}, label, block.optional && element("small", {}, ` ${say("(optional)")}`)), kept.node,
      block.hint && element("small.hint", {}, words(block.hint, this.workspace)), element("p.error", { role: "alert", hidden: true }));
  }

  #values() { return Object.fromEntries(this.#dirty); }

  async #press(block, spec, choice) {
    const values = this.#values();
    if (block.type === "input") delete values[block.block_id];
    await this.#tried("press", { block_id: block.block_id, action_id: spec.action_id, choice, values });
  }

  async #submit() {
    const button = this.form.querySelector("[type=submit]");
    button.disabled = true;
    this.#mark({});
    const result = await this.#tried("submit", { values: this.#values() });
    button.disabled = Boolean(this.#view?.submit_disabled);
    if (result?.refused) this.#mark(this.#byBlock(result.refused));
    else if (result?.errors) this.#mark(result.errors);
  }

  /** Does it; a refusal stands at the foot of the modal. What was sent need not be sent again. */
  async #tried(verb, wish) {
    this.note.hidden = true;
    try {
      const result = await this.workspace.act(verb, { wait: 0, ...wish });
      for (const [id, value] of Object.entries(wish.values)) if (this.#dirty.get(id) === value) this.#dirty.delete(id);
      if (result.error) this.#say(say("We had some trouble connecting. Try again? ({error})", { error: result.error }));
      return result;
    } catch (refused) {
      this.#say(refused.message);
      return null;
    }
  }

  #say(words) {
    this.note.textContent = words;
    this.note.hidden = false;
  }

  /** What Slack's client refuses comes by label. */
  #byBlock(refused) {
    const inputs = this.#view.blocks.filter(({ type }) => type === "input");
    return Object.fromEntries(Object.entries(refused).map(([label, why]) => [inputs.find(block => block.label.text === label)?.block_id, why]));
  }

  #mark(errors) {
    for (const node of this.box.querySelectorAll("[data-block]")) {
      const why = errors[node.dataset.block], error = node.querySelector(".error");
      node.classList.toggle("wrong", Boolean(why));
      error.hidden = !why;
      error.textContent = why ?? "";
    }
    this.box.querySelector(".wrong")?.scrollIntoView({ block: "nearest" });
  }

  #unmark(id) {
    const node = this.box.querySelector(`[data-block="${CSS.escape(id)}"]`);
    node?.classList.remove("wrong");
    const error = node?.querySelector(".error");
    if (error) error.hidden = true;
  }

  #close(everything = false) {
    this.workspace.act("close", { everything }).catch(() => this.#show(null));
  }
}
