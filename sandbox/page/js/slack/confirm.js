// "Are you sure?": the confirmation an app may put before a button or a menu.
import { element } from "../dom.js";
import { words } from "./mrkdwn.js";

/** Whether the person agrees; at once when nothing is to be asked. */
export function asked(spec, workspace) {
  if (!spec) return Promise.resolve(true);
  return new Promise(answer => {
    const style = spec.style === "danger" ? ".danger" : ".primary";
    const box = element("dialog.confirm", { "aria-label": spec.title.text }, element("form", { method: "dialog" },
      element("h3", {}, spec.title.text), element("p", {}, words(spec.text, workspace)),
      element("div.choice", {}, element("button.slack-button", { value: "no" }, spec.deny.text),
        element(`button.slack-button${style}`, { value: "yes" }, spec.confirm.text))));
    box.onclose = () => { box.remove(); answer(box.returnValue === "yes"); };
    document.body.append(box);
    box.showModal();
  });
}
