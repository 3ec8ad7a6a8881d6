// The demo page: two phones that show their chats and act as the people holding them.
const control = async (verb, body) => {
  const answer = await fetch(`/control/${verb}`, body && { method: "POST", body: JSON.stringify(body), headers: { "Content-Type": "application/json" } });
  return answer.json();
};
const TAGS = { bold: "b", italic: "i", underline: "u", strikethrough: "s", code: "code", pre: "pre", blockquote: "blockquote", text_link: "a" };

function formatted(text, entities = []) {
  // JavaScript counts in UTF-16 units, as Telegram's entities do.
  const open = (start, end, inner) => {
    const part = document.createDocumentFragment();
    let at = start;
    while (inner.length) {
      const e = inner.shift(), last = e.offset + e.length, nested = [];
      while (inner.length && inner[0].offset < last) nested.push(inner.shift());
      part.append(text.slice(at, e.offset));
      const node = document.createElement(TAGS[e.type] || "span");
      if (e.url) { node.href = e.url; node.target = "_blank"; node.rel = "noopener"; }
      node.append(open(e.offset, last, nested));
      part.append(node);
      at = last;
    }
    part.append(text.slice(at, end));
    return part;
  };
  return open(0, text.length, [...entities].sort((a, b) => a.offset - b.offset || b.length - a.length));
}

class Phone {
  constructor(root) {
    this.chat = root.querySelector(".chat"); this.select = root.querySelector("select"); this.shown = "";
    const form = root.querySelector("form"), input = form.elements.text;
    const say = extra => control("say", { person: +this.select.value, ...extra }).then(() => { input.value = ""; this.refresh(); });
    form.addEventListener("submit", event => { event.preventDefault(); if (input.value.trim()) say({ text: input.value }); });
    root.querySelector(".photo")?.addEventListener("click", () => say({ photo: "photo", caption: input.value }));
    this.select.addEventListener("change", () => this.refresh());
  }
  async refresh() {
    if (!this.select.value) return;
    const { messages = [] } = await control(`chat?person=${this.select.value}`);
    const state = this.select.value + JSON.stringify(messages);
    if (state === this.shown) return;
    this.shown = state;
    this.chat.replaceChildren(...messages.map(message => this.bubble(message)));
    this.chat.scrollTop = this.chat.scrollHeight;
  }
  bubble(message) {
    const item = document.createElement("li");
    if (!message.from.is_bot) item.className = "mine";
    if (message.photo) {
      const picture = document.createElement("img");
      picture.alt = "photo";
      picture.src = `/control/file?file_id=${encodeURIComponent(message.photo.at(-1).file_id)}`;
      picture.onerror = () => picture.replaceWith("🖼 ");
      item.append(picture);
    }
    item.append(formatted(message.text ?? message.caption ?? "", message.entities ?? message.caption_entities));
    const rows = message.reply_markup?.inline_keyboard ?? [];
    if (rows.length) item.append(this.keys(message, rows));
    return item;
  }
  keys(message, rows) {
    const box = document.createElement("div");
    box.className = "keys";
    for (const row of rows) {
      const line = document.createElement("div");
      for (const key of row) {
        const node = document.createElement(key.url ? "a" : "button");
        node.textContent = key.text;
        if (key.url) { node.href = key.url; node.target = "_blank"; node.rel = "noopener"; }
        else node.onclick = async () => {
          const answer = await control("press", { person: +this.select.value, message_id: message.message_id, data: key.callback_data });
          if (answer.text) document.querySelector("#counters").textContent = answer.text;
          this.refresh();
        };
        line.append(node);
      }
      box.append(line);
    }
    return box;
  }
}

const phones = [...document.querySelectorAll(".phone")].map(root => new Phone(root));
const { people } = await control("people?offset=0&count=25");
const list = document.querySelector("#subscriber select");
for (const person of people.filter(p => p.id > 10000)) list.append(new Option(`${person.name ?? [person.first_name, person.last_name].join(" ")} (${person.language})`, person.id));

async function counters() {
  const { product, rate } = await control("counters");
  const latest = product && Object.keys(product.broadcasts ?? product).map(Number).filter(Number.isFinite).sort((a, b) => b - a)[0];
  const line = document.querySelector("#counters");
  if (!product) line.textContent = "waiting for the bot…";
  else if (latest === undefined) line.textContent = "no broadcast yet: write /new as Ayşe";
  else {
    const counts = (product.broadcasts ?? product)[latest];
    line.textContent = `#${latest} ` + ["planned", "sent", "failed", "skipped", "uncertain"].map(k => `${k} ${k === "planned" ? counts.total ?? counts.planned ?? 0 : counts[k] ?? 0}`).join(" · ") + ` · ${Math.round(rate ?? 0)}/s`;
  }
}
const tick = async () => { try { await Promise.all([...phones.map(p => p.refresh()), counters()]); } catch { /* the sandbox is restarting */ } setTimeout(tick, 700); };
tick();
