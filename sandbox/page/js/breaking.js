// Buttons that break the world, with the newest broadcast's ledger beside the phones drawn live.
import { control } from "./api.js";
import { element, icon } from "./dom.js";
import { N_, number, say } from "./words.js";

const AGAIN_MS = 1000;
const NAMES = { telegram: "Telegram", whatsapp: "WhatsApp", messenger: "Messenger" };
const ROWS = {
  planned: N_("Planned"), sent: N_("Sent"), phones: N_("On phones"), delivered: N_("Delivered"),
  failed: N_("Failed"), skipped: N_("Skipped"), uncertain: N_("Uncertain"), open: N_("To go"),
};
const WAYS = [
  { what: "block", symbol: "block", words: N_("Block 10 %"), about: N_("Every tenth phone blocks us. We only notice when we send.") },
  { what: "flood", symbol: "clock", words: N_("Telegram says 429"), about: N_("The next message is told to wait 10 seconds.") },
  { what: "kill", symbol: "stop", words: N_("Kill the bot"), about: N_("At once, in the middle. It comes back by itself.") },
  { what: "network", symbol: "cloud", words: N_("No network for 30 s"), about: N_("No call gets through.") },
];

/** Whether things can be broken here: only where `tellal demo` runs the bot. */
export const breakable = () => control("breaking").then(({ offered }) => offered, () => false);

export class Breaking {
  #buttons = new Map();
  #disagreed = 0; // looks in a row

  constructor(root) {
    this.root = root;
    this.mend = element("button.way.mend", { type: "button", onclick: () => this.#do("mend") }, icon("mend"), element("span", {}, element("b", {}, say("Mend everything"))));
    this.note = element("p.breaking-note", { role: "status" });
    this.table = element("table.ledger");
    root.append(
      element("div.ways", { role: "group", "aria-label": say("Break something") }, WAYS.map(way => this.#button(way)), this.mend),
      element("div.ledger-box", { role: "region", "aria-label": say("Our records and the phones"), tabindex: "0" }, this.note, this.table));
    this.#look();
  }

  get visible() { return this.root.offsetParent !== null && !document.hidden; }

  /** Brings the focus here. */
  enter() { this.#buttons.get("block").focus(); }

  #button({ what, symbol, words, about }) {
    const state = element("small", {}, say(about));
    const button = element("button.way", { type: "button", onclick: () => this.#do(what) }, icon(symbol), element("span", {}, element("b", {}, say(words)), state));
    button.state = state;
    button.about = say(about);
    this.#buttons.set(what, button);
    return button;
  }

  async #do(what) {
    try {
      this.#draw(await control("break", { what }));
    } catch (refused) {
      this.note.textContent = refused.message;
    }
  }

  async #look() {
    if (this.visible) {
      try { this.#draw(await control("breaking")); } catch { /* the sandbox is away: what was known stays */ }
    }
    setTimeout(() => this.#look(), AGAIN_MS);
  }

  #draw({ offered, broken, ledger }) {
    if (!offered) return;
    const now = {
      block: broken.block && say("{n} have blocked us.", { n: number(broken.block) }),
      flood: broken.flood && say("Waits for the next message."),
      kill: broken.kill && say("It is dead. It comes back in a moment."),
      network: broken.network && say("{n} s more", { n: number(broken.network) }),
    };
    for (const [what, button] of this.#buttons) {
      button.classList.toggle("broken", Boolean(now[what]));
      const words = now[what] || button.about;
      if (button.state.textContent !== words) button.state.textContent = words;
    }
    this.mend.disabled = !broken.block && !broken.flood && !broken.network;
    this.#drawLedger(ledger);
  }

  #drawLedger(ledger) {
    if (!ledger) {
      if (!this.table.rows.length) this.note.textContent = say("Send a broadcast: here it is counted, while things break.");
      return;
    }
    const channels = Object.keys(ledger.channels), sums = Object.values(ledger.channels);
    const cell = value => element("td", {}, value === null ? "–" : number(value));
    const row = name => {
      const values = sums.map(column => column[name]), known = values.filter(value => value !== null);
      return element(`tr.${name}`, {}, element("th", { scope: "row" }, say(ROWS[name])), values.map(cell), channels.length > 1 && cell(known.length ? known.reduce((a, b) => a + b, 0) : null));
    };
    const head = words => element("th", { scope: "col" }, words);
    this.table.replaceChildren(
      element("caption", {}, say("Broadcast #{n}: our records and the phones", { n: ledger.broadcast })),
      element("thead", {}, element("tr", {}, element("td"), channels.map(name => head(NAMES[name] ?? name)), channels.length > 1 && head(say("Together")))),
      element("tbody", {}, Object.keys(ROWS).map(row)));
    this.#verdict(ledger);
  }

  /** A difference counts once it has lasted two looks: both sides move while one counts. */
  #verdict({ wrong, adds_up: addsUp, open, twice }) {
    this.#disagreed = wrong || !addsUp ? this.#disagreed + 1 : 0;
    const bad = this.#disagreed > 1 || twice > 0;
    const words = bad ? say("Our records and the phones do not agree: {n}.", { n: number(Math.max(wrong, twice, 1)) })
      : open ? say("It adds up so far: {n} to go.", { n: number(open) })
        : say("It adds up. Nobody got it twice.");
    this.note.classList.toggle("bad", bad);
    if (this.note.textContent !== words) this.note.textContent = words;
  }
}
