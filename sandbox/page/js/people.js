// People: their faces, and a list to pick one from.
import { control } from "./api.js";
import { element, icon } from "./dom.js";
import { language, say } from "./words.js";

const MOST_LISTED = 80, LISTED = 1000;
const names = new Intl.DisplayNames([language], { type: "language" });

export const nameOf = person => [person.first_name, person.last_name].filter(Boolean).join(" ");

/** "Türkçe · Istanbul" */
export function whereOf(person) {
  const city = (person.timezone || "").split("/").at(-1).replaceAll("_", " ");
  return [names.of(person.language || "en"), city].filter(Boolean).join(" · ");
}

/** A round face: initials on a colour of the person's own. */
export function face(person) {
  const initials = [person.first_name, person.last_name].filter(Boolean).map(name => [...name][0]).join("");
  return element("span.face", { "aria-hidden": "true", style: `--hue:${(person.id * 47) % 360}` }, initials);
}

export async function everybody() {
  const { people, extra, total } = await control(`people?offset=0&count=${LISTED}`);
  const admins = new Set(extra.map(({ id }) => id));
  return { subscribers: people.filter(({ id }) => !admins.has(id)), extra, total: total - extra.length };
}

/** A button that opens the list; `pick(person)` is called with the choice. */
export class Picker {
  constructor(people, pick) {
    Object.assign(this, { people, pick });
    this.button = element("button.who", { type: "button", "aria-haspopup": "dialog" });
    this.button.onclick = () => this.#open();
    this.search = element("input", { type: "search", placeholder: say("Name, language or city"), "aria-label": say("Search people") });
    this.list = element("div.people-list");
    this.box = element("dialog.picker", { "aria-label": say("Whose phone?") },
      element("div.picker-head", {}, element("h2", {}, say("Whose phone?")),
        element("form", { method: "dialog" }, element("button.icon-button", { "aria-label": say("Close") }, icon("close")))),
      element("label.search", {}, icon("search"), this.search), this.list);
    this.box.onclick = event => { if (event.target === this.box) this.box.close(); };
    this.search.oninput = () => this.#filter();
    this.search.onkeydown = event => {
      if (event.key === "Enter") { event.preventDefault(); this.list.querySelector("button")?.click(); }
    };
  }

  show(person) {
    this.button.replaceChildren(face(person),
      element("span.name", {}, element("b", {}, nameOf(person)), element("small", {}, whereOf(person))), icon("down"));
    this.button.setAttribute("aria-label", say("{name}'s phone: give it to somebody else", { name: nameOf(person) }));
  }

  #open() {
    this.search.value = "";
    this.#filter();
    this.box.showModal();
    this.search.focus();
  }

  #filter() {
    const wanted = this.search.value.toLocaleLowerCase(language).trim();
    const found = this.people.filter(person => `${nameOf(person)} ${whereOf(person)} ${person.username} ${person.id}`.toLocaleLowerCase(language).includes(wanted));
    this.list.replaceChildren(...found.slice(0, MOST_LISTED).map(person => element("button", { type: "button", onclick: () => this.#choose(person) },
      face(person), element("span.name", {}, element("b", {}, nameOf(person)), element("small", {}, whereOf(person))))));
    if (!found.length) this.list.append(element("p.nobody", {}, say("Nobody by that name.")));
    if (found.length > MOST_LISTED) this.list.append(element("p.nobody", {}, say("And {n} more: search for them.", { n: found.length - MOST_LISTED })));
  }

  #choose(person) {
    this.box.close();
    this.pick(person);
  }
}
