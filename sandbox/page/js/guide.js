// Three steps for a first visit; they follow the newest broadcast, and each knows by itself when it is done.
import { element, icon } from "./dom.js";
import { say } from "./words.js";

const CLOSED = "tellal-guide-closed";
const OF_ONE = /^a:(?:submit|approve|reject|cancel|content|open|report|pause|resume|sendnow) (\d+)/;
const OPENED = /^#(\d+)\b/; // "#3 is open. Now send …"
const AT = { start: 0, opened: 0, written: 0, submitted: 1, approved: 2, sending: 2, done: 3 };

export class Guide {
  #drawn = "";

  /**
   * `go`: { author(text?), approver(), phones(), breaking() or null } take the visitor and the focus there.
   * `opener`: the button that brings a closed guide back.
   */
  constructor(root, opener, { author, approver, counters, inSlack, go }) {
    Object.assign(this, { root, opener, author, approver, counters, inSlack, go });
    root.setAttribute("aria-label", say("How to begin"));
    this.steps = element("ol");
    this.current = element("p.current"); // the step's words again, where the steps have no room for them
    this.spoken = element("p.unseen", { role: "status" });
    const close = element("button.icon-button", { type: "button", "aria-label": say("Close this guide"), title: say("Close this guide") }, icon("close"));
    close.onclick = () => { this.#show(false); opener.focus(); };
    opener.onclick = () => { this.#show(true); this.steps.querySelector("button")?.focus(); };
    root.append(this.steps, close, this.current, this.spoken);
    for (const source of [author, approver, counters]) source.addEventListener("change", () => this.#look());
    this.#show(!remembered(), false);
    root.classList.add("unsure"); // its place is kept, so that nothing jumps when it speaks
    opener.hidden = true;
    this.#fill("start", 0);
    this.#look();
  }

  #show(shown, keep = true) {
    this.root.hidden = !shown;
    this.opener.hidden = shown;
    if (keep) remember(!shown);
  }

  #look() {
    if (!(this.author.loaded && this.approver.loaded && this.counters.loaded)) return; // no first step for one that comes back
    const { number, step } = this.#now(), drawn = `${number} ${step}`;
    if (drawn === this.#drawn) return;
    const first = !this.#drawn, held = this.root.contains(document.activeElement) && document.activeElement.matches(".primary");
    this.#drawn = drawn;
    this.root.classList.remove("unsure");
    if (first) this.opener.hidden = !this.root.hidden;
    const now = this.#fill(step, number);
    if (!first) this.spoken.textContent = `${now.title}: ${now.text}`;
    if (held) [...this.root.querySelectorAll(".primary")].find(button => button.offsetParent)?.focus();
  }

  #fill(step, number) {
    const at = AT[step], [now] = this.#texts(step, number).slice(Math.min(at, 2));
    this.current.replaceChildren(element("span", {}, now.text), ...(now.action ? [now.action] : []));
    this.steps.replaceChildren(...this.#texts(step, number).map(({ title, text, action }, index) => {
      const here = index === Math.min(at, 2);
      const item = element("li", {}, element("span.mark", {}, index < at ? icon("check", say("done")) : String(index + 1)),
        element("span.text", {}, element("b", {}, title), element("span", {}, text)), here && action);
      item.classList.add(index < at ? "done" : "later");
      if (here) { item.classList.remove("later"); item.classList.add("now"); item.setAttribute("aria-current", "step"); }
      return item;
    }));
    return now;
  }

  /** The newest broadcast anybody has begun, and how far it is. */
  #now() {
    const numbers = [this.counters.newest, ...numbersIn(this.author.list), ...numbersIn(this.approver.list)];
    const number = Math.max(...numbers);
    if (!number) return { number, step: this.author.list.length ? "opened" : "start" };
    const offers = (chat, command) => keysOf(chat.list).some(data => data === `a:${command} ${number}` || data.startsWith(`a:${command} ${number} `));
    const counts = this.counters.of(number);
    if (counts?.planned) return { number, step: counts.open > 0 ? "sending" : "done" };
    if (offers(this.approver, "approve")) return { number, step: "submitted" };
    if (offers(this.author, "cancel") || counts) return { number, step: "approved" };
    return { number, step: offers(this.author, "submit") ? "written" : "opened" };
  }

  #texts(step, number) {
    const button = (words, act, shape = "") => element(`button.primary.small${shape}`, { type: "button", onclick: act }, words);
    const toPhones = () => button(say("To the phones"), () => this.go.phones(), ".to-phones");
    const toAuthor = () => button(say("To Ayşe"), () => this.go.author());
    const write = {
      start: [this.inSlack ? say("As Ayşe, write /new and then your message; or /broadcast new in Slack.") : say("As Ayşe, write /new and then your message."), button(say("Write /new"), () => this.go.author("/new"))],
      opened: [say("Now write your message to everyone. The paper clip adds a picture."), toAuthor()],
      written: [say("This is how it will look. Press “Submit for approval”."), toAuthor()],
    };
    const watch = {
      approved: [say("A few seconds to change your mind, then it goes out."), toPhones()],
      sending: [say("It is arriving now."), toPhones()],
      done: this.go.breaking
        ? [say("Everybody is counted. Write STOP on a phone, or break something, and send again."), button(say("Break something"), () => this.go.breaking())]
        : [say("Everybody is counted. Write STOP on a phone, then send again.")],
    };
    const [writeText, writeAction] = write[step] ?? write.start;
    const [watchText, watchAction] = watch[step] ?? [say("It arrives in the chats of those who asked for it.")];
    const titled = words => number > 1 ? `${words} · #${number}` : words;
    return [
      { title: AT[step] === 0 ? titled(say("Write")) : say("Write"), text: writeText, action: writeAction },
      { title: AT[step] === 1 ? titled(say("Approve")) : say("Approve"), text: say("Murat reads it and presses Approve. Nobody approves their own."), action: button(say("Be Murat"), () => this.go.approver()) },
      { title: AT[step] > 1 ? titled(say("Watch the phones")) : say("Watch the phones"), text: watchText, action: watchAction },
    ];
  }
}

/** The commands behind the buttons of the bot's messages. */
function keysOf(list) {
  return list.flatMap(({ reply_markup: markup }) => (markup?.inline_keyboard ?? []).flat()).map(({ callback_data: data }) => data ?? "");
}

function numbersIn(list) {
  const pressed = keysOf(list).map(data => Number(OF_ONE.exec(data)?.[1] ?? 0));
  const most = Math.max(0, ...pressed);
  // Somebody's own words may begin with a number too: a broadcast's is the next, or nearly.
  const opened = list.filter(({ from, text }) => from.is_bot && text).map(({ text }) => Number(OPENED.exec(text)?.[1] ?? 0)).filter(number => number <= most + 3);
  return [most, ...opened];
}

function remembered() {
  try { return Boolean(localStorage.getItem(CLOSED)); } catch { return false; } // no storage: shown each time
}

function remember(closed) {
  try { if (closed) localStorage.setItem(CLOSED, "1"); else localStorage.removeItem(CLOSED); } catch { /* shown again next time */ }
}
