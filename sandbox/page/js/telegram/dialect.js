// How a phone speaks Telegram: what a message is, how it looks, how one is written.
import { bubble, grouped } from "./bubble.js";
import { parsed, typed } from "./marks.js";

export const telegram = {
  name: "telegram",
  title: "Telegram",
  symbol: "send",
  canEdit: true,
  livesAtEnd: false,
  grouped,
  bubble,
  idOf: message => message.message_id,
  offers: menu => menu.map(({ command, description }) => ({ words: `/${command}`, description })),

  /** What an empty chat suggests: [{ words, description, wish }]. */
  beginning: menu => menu.slice(0, 3).map(({ command, description }) => ({ words: `/${command}`, description, verb: "say", wish: { text: `/${command}` } })),

  /** What was typed and attached, as control verbs take it: one `say` for each message. */
  wishes(line, files) {
    const { text, entities } = parsed(line);
    if (!files.length) return text ? [{ text, entities }] : [];
    const caption = text && { caption: text, entities };
    return [files.length === 1 ? { ...files[0], ...caption } : { album: files, ...caption }];
  },

  /** A message of one's own as it was typed, and the edit that what is typed now makes of it. */
  retyped: message => typed(message.text ?? message.caption ?? "", message.entities ?? message.caption_entities),
  edit(message, line) {
    const { text, entities } = parsed(line);
    return { message_id: message.message_id, ...(message.text === undefined ? { caption: text } : { text }), entities };
  },
};
