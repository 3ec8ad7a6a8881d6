// The Slack workspace as one of its people sees it: who there is, the places, what stands in them.
import { control } from "../api.js";

const SOON_MS = 40; // several things often become visible at once

export class Workspace extends EventTarget {
  // Events: "messages" (of the place on screen), "view" (the modal), "home", "people", "problem" with .detail.
  people = new Map();
  places = new Map();
  app = {};
  me = null;
  place = null;
  messages = [];
  view = null;
  home = null;
  errors = {}; // of the modal: block_id → sentence
  unread = new Set(); // "user place" where something new stands

  constructor(live) {
    super();
    live.addEventListener("open", () => this.refresh());
    live.addEventListener("event", ({ detail }) => detail.channel === "slack" && this.#heard(detail));
  }

  act(verb, wish = {}) { return control(verb, { user: this.me, ...wish }, "slack"); }

  read(verb, query = {}) {
    const parts = Object.entries({ user: this.me, ...query }).map(([key, value]) => `${key}=${encodeURIComponent(value)}`);
    return control(`${verb}?${parts.join("&")}`, undefined, "slack");
  }

  /** Everything anew: at the start, and after the stream was lost. */
  async refresh() {
    const [people, places, app] = await Promise.all(["members", "places", "app"].map(verb => control(verb, undefined, "slack")));
    this.people = new Map(people.map(member => [member.id, member]));
    this.places = new Map(places.map(place => [place.id, place]));
    this.app = app;
    const humans = this.humans();
    if (!humans.some(({ id }) => id === this.me)) this.me = humans[0]?.id ?? null;
    if (!this.me) return;
    this.dispatchEvent(new Event("people"));
    await this.become(this.me, this.place);
  }

  humans() { return [...this.people.values()].filter(({ is_bot: bot, deleted }) => !bot && !deleted); }

  /** The channels this person is in; the app's direct message comes apart. */
  channels() { return [...this.places.values()].filter(({ kind, members }) => kind !== "im" && members.includes(this.me)); }

  get direct() { return `D0${this.me.slice(1)}`; }

  async become(user, place = null) {
    this.me = user;
    this.view = null;
    const own = place && (place.startsWith("D0") ? place === this.direct : this.channels().some(({ id }) => id === place));
    const usual = this.channels().find(({ name }) => name === "broadcasts") ?? this.channels()[0];
    await this.go(own ? place : usual?.id ?? this.direct);
    const [view, home] = await Promise.all([this.read("modal"), this.read("home")]);
    if (this.me !== user) return;
    Object.assign(this, { view, home, errors: {} });
    for (const kind of ["people", "view", "home"]) this.dispatchEvent(new Event(kind));
  }

  async go(place) {
    this.place = place;
    this.messages = [];
    await this.#reread();
  }

  /** The people of this workspace who have something new to see. */
  waiting(user) { return [...this.unread].filter(key => key.startsWith(`${user} `)).length; }

  /** What stands on the screen has been looked at. */
  seen() {
    if (this.unread.delete(`${this.me} ${this.place}`)) this.dispatchEvent(new Event("people"));
  }

  nameOf(user) {
    const member = this.people.get(user);
    return member?.is_bot ? "Tellal" : member?.real_name ?? user;
  }

  async #reread() {
    const { me, place } = this;
    const messages = await this.read("messages", { place: place === this.direct ? "" : place });
    if (this.me !== me || this.place !== place) return;
    this.messages = messages;
    this.dispatchEvent(new Event("messages"));
  }

  #heard({ type, place, user, users = [], ...facts }) {
    if (type === "slack_view" && user === this.me) {
      this.view = facts.view;
      this.errors = {};
      this.dispatchEvent(new Event("view"));
    } else if (type === "slack_home" && user === this.me) {
      this.home = facts.view;
      this.dispatchEvent(new Event("home"));
    } else if (type === "slack_errors" && user === this.me) {
      this.errors = facts.errors;
      this.dispatchEvent(new CustomEvent("view", { detail: "errors" }));
    } else if (type === "slack_error" && user === this.me) {
      this.dispatchEvent(new CustomEvent("problem", { detail: facts.error }));
    } else if (place) {
      if (type !== "slack_deleted" && type !== "slack_edited") {
        for (const one of users) if (facts.message?.user !== one) this.unread.add(`${one} ${place}`);
        this.dispatchEvent(new Event("people"));
      }
      if (place === this.place && (!users.length || users.includes(this.me))) this.#soon();
    }
  }

  #soon() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.#reread().catch(() => {}), SOON_MS);
  }
}
