// Small menus (details with choices): Escape, a click elsewhere, or leaving by Tab closes them; arrows move in them.
import { focusable } from "./dom.js";

const OPEN = "details[open]:is(.overflow, .own)";

export function tendMenus(root = document) {
  root.addEventListener("keydown", event => {
    const box = event.target.closest?.(OPEN);
    if (!box) return;
    if (event.key === "Escape") {
      event.preventDefault(); // what is around the menu stays open
      event.stopPropagation();
      box.open = false;
      box.querySelector("summary").focus();
    } else if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      const choices = focusable(box.querySelector(".choices")), step = event.key === "ArrowDown" ? 1 : -1;
      const at = choices.indexOf(document.activeElement);
      choices[at < 0 && step < 0 ? choices.length - 1 : (at + step + choices.length) % choices.length]?.focus();
    }
  }, true);
  const leave = event => {
    for (const box of document.querySelectorAll(OPEN)) if (!box.contains(event.target)) box.open = false;
  };
  root.addEventListener("pointerdown", leave);
  root.addEventListener("focusin", leave);
}
