// The counter strip: what became of a broadcast, as the product's own numbers say, and the rate.
import { control } from "./api.js";
import { element } from "./dom.js";
import { N_, number, say } from "./words.js";

const SHOWN = ["planned", "sent", "failed", "skipped", "uncertain"];
const LABELS = {
  planned: N_("Planned"), sent: N_("Sent"), failed: N_("Failed"), skipped: N_("Skipped"), uncertain: N_("Uncertain"),
};
const CROWD_MS = 1000;

/** The numbers of one broadcast as people read them: what arrived or was read was also sent. */
export function sums(counts = {}) {
  const sent = (counts.sent ?? 0) + (counts.delivered ?? 0) + (counts.read ?? 0);
  const { total: planned = 0, failed = 0, skipped = 0, uncertain = 0 } = counts;
  return { planned, sent, failed, skipped, uncertain, open: planned - sent - failed - skipped - uncertain };
}

export class Counters extends EventTarget {
  // Event: "change"; then .newest and of(number) have changed.
  loaded = false; // whether the numbers were read at all
  #chosen = null; // a broadcast picked by hand
  #product = null;
  #away = true;
  #rate = 0;
  #crowd = "";

  constructor(root, live) {
    super();
    this.pick = element("select", { "aria-label": say("Which broadcast") });
    this.pick.onchange = () => { this.#chosen = this.pick.value; this.#draw(); };
    this.state = element("span");
    this.headline = element("div.headline", {}, this.pick, this.state);
    this.bar = element("div.bar", { role: "img" }, SHOWN.slice(1).map(name => element(`i.${name}`)));
    this.numbers = element("dl.numbers", {}, SHOWN.map(name => element(`div.${name}`, {}, element("dt", {}, say(LABELS[name])), element("dd", {}, "0"))));
    this.rate = element("div.rate", {}, element("b", {}, "0"), element("span", {}, say("per second")));
    root.setAttribute("aria-label", say("Counters"));
    root.append(element("div.progress", {}, this.headline, this.bar), this.numbers, this.rate);
    live.addEventListener("event", ({ detail }) => detail.type === "counters" && this.#take(detail));
    live.addEventListener("open", () => control("counters").then(found => this.#take(found), () => this.#take({})));
    this.#draw();
    this.#watchCrowd();
  }

  #take({ product, rate }) {
    this.loaded = true;
    this.#away = !product;
    if (product) this.#product = product.broadcasts; // while it is away, what it said last
    this.#rate = rate ?? 0;
    const ids = Object.keys(this.#product ?? {}).map(Number).sort((a, b) => b - a);
    if (this.pick.dataset.ids !== String(ids)) {
      this.pick.dataset.ids = String(ids);
      this.pick.replaceChildren(...ids.map(id => element("option", { value: id }, `#${id}`)));
      this.#chosen = ids.length ? String(ids[0]) : null;
      this.pick.value = this.#chosen;
    }
    this.#draw();
    this.dispatchEvent(new Event("change"));
  }

  /** The newest broadcast that was launched; 0 for none. */
  get newest() { return Math.max(0, ...Object.keys(this.#product ?? {}).map(Number)); }

  /** The sums of a broadcast, or null while it was not launched. */
  of(id) { return this.#product?.[id] ? sums(this.#product[id]) : null; }

  #draw() {
    const counts = sums(this.#product?.[this.#chosen]), waiting = !this.#chosen;
    this.pick.hidden = waiting;
    this.state.textContent = waiting ? this.#idle() : this.#away ? say("The bot is not running.") : verdict(counts);
    for (const name of SHOWN) this.numbers.querySelector(`.${name} dd`).textContent = waiting ? "–" : number(counts[name]);
    this.rate.firstChild.textContent = number(Math.round(this.#rate));
    for (const name of SHOWN.slice(1)) {
      this.bar.querySelector(`.${name}`).style.flexGrow = counts.planned ? counts[name] : 0;
    }
    this.bar.style.setProperty("--open", counts.planned ? counts.open : 1);
    this.bar.setAttribute("aria-label", this.state.textContent);
  }

  #idle() {
    if (!this.#product) return say("Waiting for the bot…");
    return this.#crowd || say("No broadcast yet");
  }

  /** While the demo's people subscribe, the strip says how many have. */
  async #watchCrowd() {
    try {
      const { channels } = await control("state");
      const crowds = Object.values(channels).flatMap(channel => channel.crowds ?? []);
      const total = crowds.reduce((sum, { count, absent = 0 }) => sum + count - absent, 0);
      const joined = crowds.reduce((sum, crowd) => sum + joinedOf(crowd), 0);
      this.#crowd = total ? say("{joined} of {total} people have subscribed", { joined: number(joined), total: number(total) }) : "";
      this.#draw();
      if (crowds.length && crowds.every(({ done }) => done)) return;
    } catch { /* the sandbox is away */ }
    setTimeout(() => this.#watchCrowd(), CROWD_MS);
  }
}

/** Who pressed the button and heard back, and who was let in without one. */
function joinedOf({ confirmed, answered = 0, pressed, silent }) {
  return confirmed + Math.max(0, answered - pressed - silent);
}

function verdict({ planned, open }) {
  if (!planned) return say("Getting ready…");
  if (open > 0) return say("{n} to go", { n: number(open) });
  return say("Everyone is accounted for");
}
