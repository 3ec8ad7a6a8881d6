// Inline keyboards: buttons that press, links that open.
import { control } from "../api.js";
import { element, icon } from "../dom.js";
import { say } from "../words.js";

const SAFE = /^(https?|tg):/i;

/** `tell(text, alert)` shows what the bot answers to a press. Null when there are no buttons. */
export function keys(message, person, channel, tell) {
  const rows = message.reply_markup?.inline_keyboard ?? [];
  if (!rows.length) return null;
  return element("div.keys", {}, rows.map(row => element("div.row", {}, row.map(key => node(key)))));

  function node(key) {
    const address = key.url ?? key.web_app?.url ?? key.login_url?.url;
    if (address && SAFE.test(address)) {
      return element("a.key", { href: address, target: "_blank", rel: "noopener noreferrer" }, key.text, icon("link"));
    }
    if (key.copy_text) {
      const copy = () => navigator.clipboard?.writeText(key.copy_text.text).then(() => tell(say("Copied")));
      return element("button.key", { type: "button", onclick: copy }, key.text, icon("copy"));
    }
    const button = element("button.key", { type: "button", disabled: !key.callback_data, "data-command": key.callback_data }, key.text);
    button.onclick = () => press(button, key);
    return button;
  }

  async function press(button, key) {
    if (button.classList.contains("waiting")) return;
    button.classList.add("waiting");
    try {
      const answer = await control("press", { person, message_id: message.message_id, data: key.callback_data }, channel);
      if (answer.text) tell(answer.text, answer.show_alert);
      else if (!answer.answered) tell(say("The bot has not answered yet."));
    } catch {
      tell(say("This button is no longer there."));
    } finally {
      button.classList.remove("waiting");
    }
  }
}
