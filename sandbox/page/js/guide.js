// Three steps for a first visit; each knows by itself when it is done.
import { element, icon } from "./dom.js";
import { say } from "./words.js";

const CLOSED = "tellal-guide-closed";

export class Guide {
  #step = "";

  /** `go`: { author(text?), approver(), phones() } take the visitor there. */
  constructor(root, { author, approver, counters, inSlack, go }) {
    Object.assign(this, { root, author, approver, counters, inSlack, go });
    if (remembered()) return;
    this.steps = element("ol");
    this.current = element("p.current"); // the step's words again, where the steps have no room for them
    const close = element("button.icon-button", { type: "button", "aria-label": say("Close this guide"), title: say("Close this guide") }, icon("close"));
    close.onclick = () => { root.hidden = true; remember(); };
    root.append(this.steps, close, this.current);
    root.hidden = false;
    for (const source of [author, approver, counters]) source.addEventListener("change", () => this.#look());
    this.#look();
  }

  #look() {
    const step = this.#now();
    if (step === this.#step) return;
    this.#step = step;
    const at = { start: 0, opened: 0, written: 0, submitted: 1, approved: 2, sending: 2, done: 3 }[step];
    const [now] = this.#texts(step).slice(Math.min(at, 2));
    this.current.replaceChildren(element("span", {}, now.text), ...(now.action ? [now.action] : []));
    this.steps.replaceChildren(...this.#texts(step).map(({ title, text, action }, index) => {
      const item = element("li", {}, element("span.mark", {}, index < at ? icon("check") : String(index + 1)),
        element("span.text", {}, element("b", {}, title), element("span", {}, text)), index === at && action);
      item.classList.add(index < at ? "done" : index === at ? "now" : "later");
      if (index === at) item.setAttribute("aria-current", "step");
      return item;
    }));
    if (step === "done") this.steps.lastElementChild.classList.add("now");
  }

  #now() {
    const offers = (chat, command) => chat.list.some(({ reply_markup: markup }) =>
      markup?.inline_keyboard?.some(row => row.some(({ callback_data: data }) => data?.startsWith(`a:${command}`))));
    if (offers(this.approver, "approve ")) return "submitted";
    const { latest } = this.counters;
    if (latest?.planned) return latest.open > 0 ? "sending" : "done";
    if (offers(this.author, "cancel ")) return "approved";
    if (offers(this.author, "submit ")) return "written";
    return this.author.list.length ? "opened" : "start";
  }

  #texts(step) {
    const button = (words, act, shape = "") => element(`button.primary.small${shape}`, { type: "button", onclick: act }, words);
    const toPhones = () => button(say("To the phones"), () => this.go.phones(), ".to-phones");
    const write = {
      start: [this.inSlack ? say("As Ayşe, write /new and then your message; or /broadcast new in Slack.") : say("As Ayşe, write /new and then your message."), button(say("Write /new"), () => this.go.author("/new"))],
      opened: [say("Now write your message to everyone. The paper clip adds a picture."), button(say("To Ayşe"), () => this.go.author())],
      written: [say("This is how it will look. Press “Submit for approval”."), button(say("To Ayşe"), () => this.go.author())],
    };
    const watch = {
      approved: [say("A few seconds to change one's mind, then it goes out."), toPhones()],
      sending: [say("It is arriving now."), toPhones()],
      done: [say("Everybody is counted. Write STOP on a phone, then send again.")],
    };
    const [writeText, writeAction] = write[step] ?? write.start;
    const [watchText, watchAction] = watch[step] ?? [say("It arrives in the chats of those who asked for it.")];
    return [
      { title: say("Write"), text: writeText, action: writeAction },
      { title: say("Approve"), text: say("Murat reads it and presses Approve. Nobody approves their own."), action: button(say("Be Murat"), () => this.go.approver()) },
      { title: say("Watch the phones"), text: watchText, action: watchAction },
    ];
  }
}

function remembered() {
  try { return Boolean(localStorage.getItem(CLOSED)); } catch { return false; } // no storage: shown each time
}

function remember() {
  try { localStorage.setItem(CLOSED, "1"); } catch { /* shown again next time */ }
}
