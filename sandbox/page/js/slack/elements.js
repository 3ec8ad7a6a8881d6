// Block Kit's interactive elements: buttons, menus, pickers, fields.
import { element, icon } from "../dom.js";
import { say } from "../words.js";
import { asked } from "./confirm.js";
import { fileInput } from "./files.js";
import { Editor } from "./editor.js";
import { plain, words } from "./mrkdwn.js";
import { moment, wallClock } from "./zone.js";

const SAFE = /^[a-z][a-z0-9+.-]*:/i, UNSAFE = /^(javascript|data|vbscript):/i;
const TYPES = { plain_text_input: "text", email_text_input: "email", url_text_input: "url", number_input: "number" };

/**
 * The node of an element. `use`: { label, workspace, state (as Slack reports it), changed(value),
 * press(choice) }; in an input block `changed` keeps the value, elsewhere `press` sends it at once.
 */
export function interactive(spec, use) {
  if (spec.type === "button") return button(spec, use);
  if (spec.type === "overflow") return overflow(spec, use);
  if (spec.type === "file_input") return fileInput(spec, use);
  if (spec.type === "rich_text_input") return richInput(spec, use);
  if (spec.type in TYPES) return field(spec, use);
  const give = async value => {
    if (use.changed) use.changed(value);
    if (use.press && await asked(spec.confirm, use.workspace)) use.press(value);
  };
  if (spec.type === "checkboxes" || spec.type === "radio_buttons") return ticks(spec, use, give);
  if (spec.type.endsWith("picker")) return picker(spec, use, give);
  return menu(spec, use, give);
}

function button(spec, use) {
  const style = spec.style ? `.${spec.style}` : "";
  const attributes = { "aria-label": spec.accessibility_label };
  if (spec.url && SAFE.test(spec.url) && !UNSAFE.test(spec.url)) {
    return element(`a.slack-button${style}`, { ...attributes, href: spec.url, target: "_blank", rel: "noopener noreferrer", onclick: () => { use.press(); } }, plain(spec.text.text), icon("link"));
  }
  const node = element(`button.slack-button${style}`, { ...attributes, type: "button" }, plain(spec.text.text));
  node.onclick = async () => {
    if (node.classList.contains("waiting") || !await asked(spec.confirm, use.workspace)) return;
    node.classList.add("waiting");
    await use.press();
    node.classList.remove("waiting");
  };
  return node;
}

function overflow(spec, use) {
  const box = element("details.overflow", {}, element("summary", { "aria-label": say("More") }, icon("more")));
  const choices = spec.options.map(option => element("button", { type: "button", role: "menuitem", onclick: async () => {
    box.open = false;
    if (option.url && SAFE.test(option.url) && !UNSAFE.test(option.url)) open(option.url, "_blank", "noopener");
    if (await asked(spec.confirm, use.workspace)) use.press(option.value);
  } }, plain(option.text.text)));
  box.append(element("div.choices", { role: "menu" }, choices));
  return box;
}

function field(spec, use) {
  const attributes = {
    "aria-label": use.label, placeholder: spec.placeholder?.text, maxlength: spec.max_length,
    value: use.state?.value ?? "", min: spec.min_value, max: spec.max_value, step: spec.is_decimal_allowed ? "any" : null,
  };
  const node = spec.multiline ? element("textarea.slack-field", { ...attributes, rows: "4" })
    : element("input.slack-field", { ...attributes, type: TYPES[spec.type] });
  node.oninput = () => use.changed?.(node.value);
  node.onkeydown = event => {
    if (event.key === "Enter" && use.press && !spec.multiline) { event.preventDefault(); use.press(node.value); }
  };
  return node;
}

function richInput(spec, use) {
  const editor = new Editor({
    label: use.label, placeholder: spec.placeholder?.text, initial: use.state?.rich_text_value, workspace: use.workspace,
    changed: () => use.changed(editor.value),
  });
  return editor.node;
}

function menu(spec, use, give) {
  const many = spec.type.startsWith("multi_");
  const groups = groupsOf(spec, use.workspace), chosen = new Set(chosenIn(use.state));
  const node = element("select.slack-field", { "aria-label": use.label ?? spec.placeholder?.text, multiple: many });
  if (!many) node.append(element("option", { value: "", selected: !chosen.size, hidden: chosen.size > 0 }, plain(spec.placeholder?.text ?? say("Choose…"))));
  for (const { label, options } of groups) {
    const nodes = options.map(({ value, text }) => element("option", { value, selected: chosen.has(value) }, plain(text)));
    node.append(...(label ? [element("optgroup", { label }, nodes)] : nodes));
  }
  node.onchange = () => {
    const values = [...node.selectedOptions].map(({ value }) => value).filter(Boolean);
    give(many ? values : values[0] ?? null);
  };
  return node;
}

function groupsOf(spec, workspace) {
  const options = list => list.map(({ value, text }) => ({ value, text: text.text }));
  if (spec.option_groups) return spec.option_groups.map(group => ({ label: group.label.text, options: options(group.options) }));
  if (spec.options) return [{ options: options(spec.options) }];
  if (spec.type.includes("users")) return [{ options: workspace.humans().map(({ id }) => ({ value: id, text: workspace.nameOf(id) })) }];
  return [{ options: [...workspace.places.values()].filter(({ kind }) => kind !== "im").map(({ id, name }) => ({ value: id, text: `#${name}` })) }];
}

/** The values in a state of any kind of menu or row of ticks. */
function chosenIn(state = {}) {
  const found = Object.entries(state).filter(([key]) => key.startsWith("selected_")).flatMap(([, value]) => value ?? []);
  return found.map(one => one.value ?? one);
}

function ticks(spec, use, give) {
  const one = spec.type === "radio_buttons", chosen = new Set(chosenIn(use.state));
  const name = `ticks-${crypto.randomUUID()}`;
  const rows = spec.options.map(option => element("label.tick", {},
    element("input", { type: one ? "radio" : "checkbox", name, value: option.value, checked: chosen.has(option.value) }),
    element("span", {}, words(option.text, use.workspace), option.description && element("small", {}, words(option.description, use.workspace)))));
  const node = element("div.ticks", { role: one ? "radiogroup" : "group", "aria-label": use.label }, rows);
  node.onchange = () => {
    const values = [...node.querySelectorAll("input:checked")].map(({ value }) => value);
    give(one ? values[0] : values);
  };
  return node;
}

function picker(spec, use, give) {
  const zone = use.workspace.people.get(use.workspace.me)?.timezone ?? "UTC";
  const type = { datepicker: "date", timepicker: "time", datetimepicker: "datetime-local" }[spec.type];
  const { selected_date: date, selected_time: time, selected_date_time: both } = use.state ?? {};
  const value = type === "date" ? date : type === "time" ? time : both && wallClock(both, zone);
  const node = element("input.slack-field", { type, "aria-label": use.label ?? spec.placeholder?.text, value: value ?? "" });
  node.onchange = () => give(!node.value ? null : type === "datetime-local" ? moment(node.value, zone) : node.value);
  return node;
}
