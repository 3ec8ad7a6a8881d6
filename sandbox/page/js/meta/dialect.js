// How a phone speaks WhatsApp and Messenger: alike, but for their marks and their first step.
import { N_, say } from "../words.js";
import { drawing } from "./bubble.js";
import { linked, whatsappWords } from "./wording.js";

const common = {
  canEdit: false,
  livesAtEnd: true, // quick replies stand under the last message only
  grouped: messages => messages.map(message => [message]),
  idOf: message => message.id,
  offers: () => [],
};

/** A file of the paper clip; these two call some kinds by other names. */
const renamed = (file, names) => Object.fromEntries(Object.entries(file).map(([key, value]) => [names[key] ?? key, value]));

export const whatsapp = {
  ...common,
  name: "whatsapp",
  title: "WhatsApp",
  symbol: "handset",
  bubble: drawing(whatsappWords),
  beginning: () => [{ words: "JOIN", description: say(N_("asks to hear from us")), verb: "say", wish: { text: "JOIN" } }],
  wishes(line, files) {
    if (!files.length) return line ? [{ text: line }] : [];
    return files.map((file, index) => ({ ...renamed(file, { photo: "image", voice: "audio" }), ...(index || !line ? {} : { caption: line }) }));
  },
};

export const messenger = {
  ...common,
  name: "messenger",
  title: "Messenger",
  symbol: "bolt",
  bubble: drawing(linked),
  beginning: () => [{ words: say(N_("Get Started")), description: "", verb: "start", wish: {} }],
  wishes: (line, files) => [...files.map(file => renamed(file, { photo: "image", document: "file", voice: "audio" })), ...(line ? [{ text: line }] : [])],
};
