// Builds elements: element("li.mine", { title: "…" }, "text", child). A handler is { onclick }.
const SVG = "http://www.w3.org/2000/svg";

export function element(shape, attributes = {}, ...children) {
  const [tag, ...classes] = shape.split(".");
  const node = document.createElement(tag);
  if (classes.length) node.className = classes.join(" ");
  for (const [name, value] of Object.entries(attributes)) {
    if (value === undefined || value === null || value === false) continue;
    if (name.startsWith("on") || name in PROPERTIES) node[name] = value;
    else node.setAttribute(name, value === true ? "" : value);
  }
  node.append(...children.flat().filter(child => child !== null && child !== undefined && child !== false));
  return node;
}

const FOCUSABLE = "button, a[href], summary, select, input, textarea, [contenteditable], [tabindex]";

/** What can take the keyboard's focus inside `root`, in order. */
export const focusable = root => [...root.querySelectorAll(FOCUSABLE)];

/** Draws a part of the page anew without losing the keyboard's place in it. */
export function keepingFocus(root, draw) {
  const at = root.contains(document.activeElement) ? focusable(root).indexOf(document.activeElement) : -1;
  const held = document.activeElement;
  draw();
  if (at < 0 || held === document.activeElement) return;
  const place = held.isConnected ? held : focusable(root)[Math.min(at, focusable(root).length - 1)];
  place?.focus({ preventScroll: true });
}

const PROPERTIES = { value: 1, checked: 1, disabled: 1, hidden: 1, selected: 1, multiple: 1 };

const PATHS = {
  attach: "M21 11.5 12.5 20a5.5 5.5 0 0 1-7.8-7.8l9-9a3.7 3.7 0 0 1 5.2 5.2l-9 9a1.8 1.8 0 0 1-2.6-2.6l8.3-8.3",
  send: "M4 12 20 4l-5 16-3.5-6.5L4 12Zm7.5 1.5L20 4",
  more: "M12 5.5v.01M12 12v.01M12 18.5v.01",
  close: "M6 6l12 12M18 6 6 18",
  check: "M5 12.5 10 17.5 19 7",
  down: "M6 9.5l6 6 6-6",
  link: "M9 7h8v8M17 7 7 17",
  play: "M8 5.5v13l11-6.5-11-6.5Z",
  file: "M7 3h7l4 4v14H7V3Zm7 0v4h4",
  music: "M9 18V6l10-2v12M9 18a2.5 2.5 0 1 1-5 0 2.5 2.5 0 0 1 5 0Zm10-2a2.5 2.5 0 1 1-5 0 2.5 2.5 0 0 1 5 0Z",
  mic: "M12 3a3 3 0 0 1 3 3v5a3 3 0 0 1-6 0V6a3 3 0 0 1 3-3Zm-6 8a6 6 0 0 0 12 0m-6 6v4",
  search: "M11 5a6 6 0 1 1 0 12 6 6 0 0 1 0-12Zm4.5 10.5L20 20",
  edit: "M4 20h4L19 9l-4-4L4 16v4Z",
  bin: "M5 7h14M10 7V4h4v3m-7 0 1 13h8l1-13",
  copy: "M9 9h11v11H9V9ZM5 15H4V4h11v1",
  crack: "M13 3 6 13h5l-2 8 9-11h-6l3-7Z",
  help: "M9 9.2a3 3 0 1 1 4.3 2.7c-.9.5-1.3 1-1.3 2.1m0 3v.01M12 3a9 9 0 1 1 0 18 9 9 0 0 1 0-18Z",
  stop: "M6 6h12v12H6z",
  cloud: "M4 4l16 16M7.5 9.5A4 4 0 0 0 7 18h10m2.8-1.5A3.7 3.7 0 0 0 18 9.3 6 6 0 0 0 9.5 6.4",
  mend: "M20 12a8 8 0 1 1-2.5-5.8M20 4v4.5h-4.5",
  block: "M12 4a8 8 0 1 1 0 16 8 8 0 0 1 0-16ZM6.5 6.5l11 11",
  menu: "M5 7h14M5 12h14M5 17h14",
  team: "M9 11a3.5 3.5 0 1 0 0-7 3.5 3.5 0 0 0 0 7Zm-6 9c.3-4 2.7-6 6-6s5.7 2 6 6M16 4.5a3.5 3.5 0 0 1 0 6.5M17.5 14.5c2 .7 3.3 2.5 3.5 5.5",
  phone: "M8 3h8a1.5 1.5 0 0 1 1.5 1.5v15A1.5 1.5 0 0 1 16 21H8a1.5 1.5 0 0 1-1.5-1.5v-15A1.5 1.5 0 0 1 8 3Zm3 15h2",
  ticks: "M2 13l4 4L14 8M11 16l1 1 9-9",
  handset: "M8.5 5 6 6c-.6 6 6 12.6 12 12l1-2.5-3.5-2-1.5 1.5c-2-.8-4.2-3-5-5l1.5-1.5L8.5 5Z",
  clock: "M12 4a8 8 0 1 1 0 16 8 8 0 0 1 0-16Zm0 4v4l3 2",
  warning: "M12 4 2.5 20h19L12 4Zm0 6v4m0 3v.01",
  eye: "M2.5 12S6 5.5 12 5.5 21.5 12 21.5 12 18 18.5 12 18.5 2.5 12 2.5 12Zm9.5 3a3 3 0 1 0 0-6 3 3 0 0 0 0 6Z",
  reply: "M4 5h16v11H10l-5 4v-4H4V5Zm4 4h8M8 12h5",
  chat: "M4 5h16v11H10l-5 4v-4H4V5Z",
  home: "M4 11 12 4l8 7v9h-5v-6H9v6H4v-9Z",
  bolt: "M13 3 5 14h6l-1 7 8-11h-6l1-7Z",
  hash: "M10 4 8 20M16 4l-2 16M5 9h15M4 15h15",
};

export function icon(name, label = "") {
  const svg = document.createElementNS(SVG, "svg");
  const shown = label ? { role: "img", "aria-label": label } : { "aria-hidden": "true" };
  for (const [key, value] of Object.entries({ viewBox: "0 0 24 24", class: `icon icon-${name}`, ...shown })) {
    svg.setAttribute(key, value);
  }
  const path = document.createElementNS(SVG, "path");
  path.setAttribute("d", PATHS[name]);
  svg.append(path);
  return svg;
}
