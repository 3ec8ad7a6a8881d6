// The live stream of the sandbox: one WebSocket that comes back by itself.
const SHORTEST_MS = 400, LONGEST_MS = 5000;

export class Live extends EventTarget {
  // Events: "open" (also after a loss: read everything anew), "closed", and "event" with .detail.
  #socket = null;
  #people = new Set();
  #wait = SHORTEST_MS;

  constructor() {
    super();
    addEventListener("online", () => this.#hurry());
    document.addEventListener("visibilitychange", () => document.hidden || this.#hurry());
  }

  get open() { return this.#socket?.readyState === WebSocket.OPEN; }

  /** Adds somebody to the people the stream tells about. */
  watch(person) {
    if (this.#people.has(person)) return;
    this.#people.add(person);
    this.#tell();
  }

  connect() {
    const address = new URL("/control/live", location.href);
    address.protocol = address.protocol.replace("http", "ws");
    address.search = `people=${[...this.#people].join(",")}`;
    const socket = this.#socket = new WebSocket(address);
    socket.onmessage = ({ data }) => {
      const event = JSON.parse(data);
      if (event.type === "hello") {
        this.#wait = SHORTEST_MS;
        this.#tell(); // people who were added while the connection was being made
        this.dispatchEvent(new Event("open"));
      } else this.dispatchEvent(new CustomEvent("event", { detail: event }));
    };
    socket.onclose = () => {
      this.dispatchEvent(new Event("closed"));
      this.timer = setTimeout(() => this.connect(), this.#wait);
      this.#wait = Math.min(this.#wait * 2, LONGEST_MS);
    };
  }

  #tell() {
    if (this.open) this.#socket.send(JSON.stringify({ people: [...this.#people] }));
  }

  #hurry() {
    if (this.#socket?.readyState !== WebSocket.CLOSED) return;
    clearTimeout(this.timer);
    this.connect();
  }
}
