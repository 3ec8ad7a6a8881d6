// The Slack workspace: people, channels, messages, a thread beside them, the app's home.
import { element, icon, keepingFocus } from "../dom.js";
import { Log } from "../log.js";
import { Toast } from "../toast.js";
import { language, say } from "../words.js";
import { blocks } from "./blocks.js";
import { Box } from "./box.js";
import { countOf, follows, messageNode, portrait } from "./message.js";
import { Modal } from "./modal.js";
import { Sidebar } from "./sidebar.js";
import { Workspace } from "./workspace.js";

export class Pane extends EventTarget {
  // Event: "news" when what is unread changes.
  #thread = null; // ts of the message whose thread is open
  #home = false;

  constructor(root, live) {
    super();
    this.root = root;
    const workspace = this.workspace = new Workspace(live);
    this.tabs = element("div.people-tabs.slack-people", { role: "tablist", "aria-label": say("Who are you?") });
    this.sidebar = new Sidebar(workspace, { go: place => this.#go(place), home: () => this.#openHome(), shortcut: one => this.#shortcut(null, one), left: () => this.openButton.focus() });
    this.title = element("div.place-title");
    this.log = new Log("ol.slack-log");
    this.threadLog = new Log("ol.slack-log");
    this.toast = new Toast();
    this.box = new Box({ label: () => this.#label(), write: wish => this.#write(wish), command: (command, text) => this.#command(command, text) });
    this.threadBox = new Box({ label: () => say("Reply in the thread"), write: wish => this.#write({ ...wish, thread_ts: this.#thread }), command: null });
    this.homeView = element("div.slack-home", { hidden: true, role: "region", "aria-label": say("Home"), tabindex: "0" });
    this.thread = element("aside.slack-thread", { hidden: true, "aria-label": say("Thread") },
      element("div.place-head", {}, element("b", {}, say("Thread")), element("button.icon-button", { type: "button", "aria-label": say("Close the thread"), onclick: () => this.#openThread(null) }, icon("close"))),
      this.threadLog.node, this.threadLog.end, this.threadBox.node);
    const open = element("button.icon-button.sidebar-open", { type: "button", "aria-label": say("Channels"), onclick: () => this.sidebar.open() }, icon("menu"));
    this.main = element("div.slack-main", {}, element("div.place-head", {}, open, this.title), this.homeView, this.log.node, this.log.end, this.toast.node, this.box.node);
    this.modal = new Modal(workspace, () => this.root.offsetParent !== null, () => this.box.field);
    this.main.inert = true; // until it is known who is there
    root.append(this.tabs, element("div.slack-work", {}, this.sidebar.node, this.main, this.thread));
    document.body.append(this.modal.box);
    new ResizeObserver(() => this.modal.settle()).observe(root); // it is put away, or back again
    this.thread.onkeydown = event => { if (event.key === "Escape" && !event.defaultPrevented) { event.preventDefault(); this.#openThread(null); } };
    this.openButton = open;
    workspace.addEventListener("people", () => this.#drawPeople());
    workspace.addEventListener("messages", () => this.#draw());
    workspace.addEventListener("home", () => this.#drawHome());
    workspace.addEventListener("problem", ({ detail }) => this.toast.show(say("The app did not answer ({error}).", { error: detail })));
  }

  get visible() { return this.root.offsetParent !== null && !document.hidden; }
  get unread() { return this.workspace.humans().reduce((sum, { id }) => sum + this.workspace.waiting(id), 0); }

  redraw() { if (this.workspace.me) this.#draw(); this.modal.settle(); }

  // What a person does

  async #write(wish) { await this.#tried(() => this.workspace.act("say", { place: this.#placeWish(), ...wish })); }

  async #command(command, text) {
    const result = await this.#tried(() => this.workspace.act("command", { command, text, place: this.#placeWish(), wait: 0 }));
    if (result.messages?.length) this.toast.show(result.messages.join("\n"));
  }

  async #shortcut(message, { callback_id: id }) {
    const where = message ? { place: this.#placeWish(), ts: message.ts } : {};
    await this.#tried(() => this.workspace.act("shortcut", { callback_id: id, wait: 0, ...where })).catch(() => {});
  }

  #press(where, block, spec, choice) {
    const wish = { block_id: block.block_id, action_id: spec.action_id, wait: 0, ...where };
    if (choice !== undefined) wish.choice = choice;
    return this.#tried(() => this.workspace.act("press", wish)).catch(() => {});
  }

  /** Leaves out the direct message, which is where verbs go without a place. */
  #placeWish() { return this.workspace.place === this.workspace.direct ? null : this.workspace.place; }

  async #tried(work) {
    try {
      return await work();
    } catch (refused) {
      this.toast.show(refused.message);
      throw refused;
    }
  }

  async #go(place) {
    this.#home = false;
    this.#openThread(null);
    this.log.clear();
    this.box.clear();
    await this.workspace.go(place).catch(refused => this.toast.show(refused.message));
  }

  async #openHome() {
    this.#home = true;
    this.#openThread(null);
    this.#drawHome();
    this.#draw();
    await this.#tried(() => this.workspace.act("open_home", { wait: 0 })).catch(() => {});
  }

  #openThread(message) {
    const back = message ? null : this.log.node.querySelector(`[data-ts="${this.#thread}"] .replies`);
    const held = this.thread.contains(document.activeElement);
    this.#thread = message?.ts ?? null;
    this.thread.hidden = !message;
    this.threadLog.clear();
    this.threadBox.clear();
    if (message) { this.#draw(); this.threadBox.field.focus(); } else if (held) (back ?? this.log.node).focus();
  }

  async become(user) {
    this.#openThread(null);
    this.log.clear();
    await this.workspace.become(user, this.workspace.place);
    if (this.#home) await this.#openHome();
  }

  // What is on the screen

  #drawPeople() {
    const { workspace } = this;
    this.main.inert = false;
    keepingFocus(this.tabs, () => this.tabs.replaceChildren(...workspace.humans().map(({ id }) => {
      const chosen = id === workspace.me, count = workspace.waiting(id);
      const badge = element("i.badge", { hidden: chosen || !count }, String(count));
      return element("button", { type: "button", role: "tab", "aria-selected": String(chosen), tabindex: chosen ? "0" : "-1", onclick: () => this.become(id), onkeydown: event => this.#arrow(event, id) },
        portrait(id, workspace), element("span.name", {}, element("b", {}, workspace.nameOf(id))), badge);
    })));
    this.sidebar.draw(this.#home);
    this.dispatchEvent(new Event("news"));
  }

  #arrow(event, id) {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!step) return;
    const ids = this.workspace.humans().map(member => member.id);
    const next = ids[(ids.indexOf(id) + step + ids.length) % ids.length];
    this.become(next).then(() => this.tabs.querySelector("[aria-selected=true]")?.focus());
  }

  #label() {
    const { workspace } = this;
    if (!workspace.me || workspace.place === workspace.direct) return say("Message to {name}", { name: "Tellal" });
    return say("Message to {name}", { name: `#${workspace.places.get(workspace.place)?.name ?? ""}` });
  }

  #draw() {
    const { workspace } = this;
    const zone = workspace.people.get(workspace.me)?.timezone;
    this.clock = new Intl.DateTimeFormat(language, { hour: "2-digit", minute: "2-digit", hourCycle: "h23", timeZone: zone });
    const direct = workspace.place === workspace.direct;
    this.title.replaceChildren(...(direct || this.#home ? [portrait("", workspace, true), element("b", {}, "Tellal")] : [icon("hash"), element("b", {}, workspace.places.get(workspace.place)?.name ?? "")]));
    for (const node of [this.log.node, this.box.node]) node.hidden = this.#home;
    this.homeView.hidden = !this.#home;
    this.box.name();
    const { messages } = workspace, hand = this.#hand();
    this.log.draw(messages.map((message, index) => {
      const compact = follows(message, messages[index - 1]);
      return { id: message.ts, shows: [message, compact, workspace.me], build: () => messageNode(message, hand, { compact }) };
    }));
    this.#drawThread(hand);
    if (this.visible && !this.#home) workspace.seen();
    this.sidebar.draw(this.#home);
  }

  #drawThread(hand) {
    if (!this.#thread) return;
    const parent = this.workspace.messages.find(({ ts }) => ts === this.#thread);
    if (!parent) { this.#openThread(null); return; }
    const { replies } = parent, rule = replies.length ? [{ id: "rule", shows: replies.length, build: () => element("li.rule", {}, countOf(replies.length)) }] : [];
    const entry = (message, head) => ({ id: message.ts, shows: [message, this.workspace.me], build: () => messageNode(message, hand, { parent: head }) });
    this.threadLog.draw([entry(parent, true), ...rule, ...replies.map(reply => entry(reply, false))]);
  }

  #hand() {
    return {
      workspace: this.workspace, clock: this.clock,
      press: (message, block, spec, choice) => this.#press({ place: this.#placeWish(), ts: message.ts }, block, spec, choice),
      openThread: message => this.#openThread(message),
      shortcut: (message, shortcut) => this.#shortcut(message, shortcut),
      remove: message => this.#tried(() => this.workspace.act("delete", { place: this.#placeWish(), ts: message.ts })).catch(() => {}),
    };
  }

  #drawHome() {
    const { home } = this.workspace;
    if (!home) { this.homeView.replaceChildren(element("p.nobody", {}, say("The app has not shown its home yet."))); return; }
    keepingFocus(this.homeView, () => this.homeView.replaceChildren(...blocks(home.blocks, {
      workspace: this.workspace,
      stateOf: (block, spec) => home.state?.values?.[block.block_id]?.[spec.action_id],
      press: (block, spec, choice) => this.#press({ home: true }, block, spec, choice),
    })));
  }
}
