// The paper clip: sample pictures and files of the sandbox, or one's own; several make an album.
import { sampleAddress } from "./api.js";
import { element, icon } from "./dom.js";
import { N_, say } from "./words.js";

const PICTURES = ["photo", "sunset", "sea", "forest"];
const FILES = { video: "play", document: "file", audio: "music", voice: "mic" };
const NAMES = {
  photo: N_("Hills"), sunset: N_("Sunset"), sea: N_("Sea"), forest: N_("Forest"),
  video: N_("Video"), document: N_("File"), audio: N_("Music"), voice: N_("Voice message"),
};

export class Attach {
  #items = []; // { wish, preview }

  /** `most` 10: an album of Telegram's. `hint` is said beside a first file. */
  constructor(changed, { most = 10, hint = "" } = {}) {
    Object.assign(this, { changed, most, hint });
    this.chosen = element("div.chosen", { hidden: true });
    this.button = element("button.attach", { type: "button", "aria-label": say("Attach"), title: say("Attach"), "aria-expanded": "false" }, icon("attach"));
    this.own = element("input", { type: "file", accept: "image/*,video/*,audio/*,.pdf,.txt", hidden: true });
    this.panel = element("div.attachments", { hidden: true }, this.#samples(), this.own);
    this.button.onclick = () => {
      this.#open(this.panel.hidden);
      if (!this.panel.hidden) this.panel.querySelector("button").focus();
    };
    this.panel.onkeydown = this.button.onkeydown = event => {
      if (event.key !== "Escape" || this.panel.hidden) return;
      event.stopPropagation(); // of a modal around it too: that stays
      event.preventDefault();
      this.#open(false);
      this.button.focus();
    };
    this.own.onchange = () => this.#takeOwn();
  }

  get files() { return this.#items.map(({ wish }) => wish); }

  /** Takes what was chosen away to be sent; `put` brings it back if it could not be. */
  take() {
    const items = this.#items;
    this.clear();
    return items;
  }

  put(items) {
    this.#items = [...items, ...this.#items];
    this.#show();
  }

  clear() {
    this.#items = [];
    this.#open(false);
    this.#show();
  }

  #open(open) {
    this.panel.hidden = !open;
    this.button.setAttribute("aria-expanded", String(open));
  }

  #samples() {
    const pictures = PICTURES.map(name => element("button.sample", { type: "button", onclick: () => this.#add({ photo: name }, sampleAddress(name)) },
      element("img", { src: sampleAddress(name), alt: "" }), element("span", {}, say(NAMES[name]))));
    const files = Object.entries(FILES).map(([name, symbol]) => element("button.sample", { type: "button", onclick: () => this.#add({ [name]: name }, symbol) },
      element("span.symbol", {}, icon(symbol)), element("span", {}, say(NAMES[name]))));
    const own = element("button.own-file", { type: "button", onclick: () => this.own.click() }, icon("attach"), say("A file of your own…"));
    return element("div.samples", {}, pictures, files, own);
  }

  #add(wish, preview) {
    if (this.#items.length >= this.most) this.#items.pop();
    this.#items.push({ wish, preview });
    this.#open(false);
    this.#show();
    this.changed();
  }

  async #takeOwn() {
    const [file] = this.own.files;
    if (!file) return;
    this.own.value = "";
    const reader = new FileReader();
    const read = new Promise((done, failed) => { reader.onload = () => done(reader.result); reader.onerror = failed; });
    reader.readAsDataURL(file);
    const data = await read;
    const family = file.type.split("/")[0];
    const kind = { image: "photo", video: "video", audio: "audio" }[family] ?? "document";
    const symbol = kind === "photo" ? data : FILES[kind];
    this.#add({ [kind]: data, file_name: file.name, mime_type: file.type || "application/octet-stream" }, symbol);
  }

  #show() {
    this.chosen.hidden = !this.#items.length;
    this.chosen.replaceChildren(...this.#items.map((item, index) => {
      const drop = element("button", { type: "button", "aria-label": say("Take it off") }, icon("close"));
      drop.onclick = () => { this.#items.splice(index, 1); this.#show(); this.changed(); };
      const symbol = item.preview in { play: 1, file: 1, music: 1, mic: 1 };
      return element("span.item", {}, symbol ? element("span.symbol", {}, icon(item.preview)) : element("img", { src: item.preview, alt: "" }), drop);
    }));
    if (this.hint && this.#items.length === 1) this.chosen.append(element("small", {}, this.hint));
  }
}
