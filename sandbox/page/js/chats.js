// Chats as they stand: one per person, read once and then kept by the live stream.
import { control } from "./api.js";

export class Chat extends EventTarget {
  // Events: "change" (messages), "arrived" with .detail = a message that has just come.
  messages = new Map();
  menu = [];
  bot = null;
  unread = 0;
  loaded = false;
  #waiting = null; // events that came while the chat was being read

  constructor(channel, person) {
    super();
    this.channel = channel;
    this.person = person;
  }

  /** In order: by number where there is one, else as they came. */
  get list() { return [...this.messages.values()].sort((a, b) => (a.message_id ?? 0) - (b.message_id ?? 0)); }

  async load() {
    const waiting = this.#waiting = [];
    const { messages, menu, bot } = await control(`chat?person=${this.person}`, undefined, this.channel);
    if (this.#waiting !== waiting) return; // a later reading is under way
    this.messages = new Map(messages.map(message => [keyOf(message), message]));
    Object.assign(this, { menu: menu ?? [], bot: bot ?? null, loaded: true });
    this.#waiting = null;
    for (const event of waiting) this.#apply(event);
    this.#changed();
  }

  take(event) {
    if (this.#waiting) this.#waiting.push(event);
    else if (this.#apply(event)) this.#changed();
  }

  #apply({ type, message, message_id: id, message_ids: gone = [], from_bot: fromBot, bot = null, status }) {
    if (this.bot !== null && bot !== this.bot) return false;
    if (type === "deleted") return gone.map(one => this.messages.delete(one)).some(Boolean);
    if (type === "status" && this.messages.has(id)) {
      this.messages.set(id, { ...this.messages.get(id), status });
      return true;
    }
    if (type !== "message" && type !== "edited") return false;
    this.messages.set(keyOf(message), message);
    if (type === "message" && (fromBot ?? message.from_business)) {
      this.unread += 1;
      this.dispatchEvent(new CustomEvent("arrived", { detail: message }));
    }
    return true;
  }

  seen() {
    if (!this.unread) return;
    this.unread = 0;
    this.dispatchEvent(new Event("change"));
  }

  #changed() { this.dispatchEvent(new Event("change")); }
}

export class Chats {
  #chats = new Map();
  #live;

  constructor(live) {
    this.#live = live;
    live.addEventListener("open", () => this.#chats.forEach(chat => read(chat)));
    live.addEventListener("event", ({ detail }) => {
      if (detail.type === "commands") this.#chats.forEach(chat => chat.channel === detail.channel && read(chat));
      else this.#chats.get(`${detail.channel}:${detail.person}`)?.take(detail);
    });
  }

  /** The chat of a person, watched from now on. */
  of(channel, person) {
    const key = `${channel}:${person}`;
    if (!this.#chats.has(key)) {
      this.#live.watch(person);
      this.#chats.set(key, new Chat(channel, person));
      if (this.#live.open) read(this.#chats.get(key));
    }
    return this.#chats.get(key);
  }
}

const keyOf = message => message.message_id ?? message.id;

// A chat that cannot be read now is read again when the stream comes back.
const read = chat => chat.load().catch(reason => console.warn("chat not read:", reason.message));
