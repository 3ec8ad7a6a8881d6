// Photos, videos, files, music and voice as a phone shows them.
import { fileAddress } from "../api.js";
import { element, icon } from "../dom.js";
import { say } from "../words.js";

const KINDS = ["photo", "animation", "video", "document", "audio", "voice"];

/** What kind of file a message carries, or undefined. */
export const kindOf = message => KINDS.find(kind => message[kind]);

/** The files of one message, or of an album, as one node; null when there are none. */
export function media(messages, channel) {
  const withFiles = messages.filter(kindOf);
  if (!withFiles.length) return null;
  const nodes = withFiles.map(message => shown(message, kindOf(message), channel));
  const pictures = withFiles.every(message => ["photo", "video", "animation"].includes(kindOf(message)));
  return element(pictures ? `div.pictures.count-${Math.min(nodes.length, 4)}` : "div.files", {}, nodes);
}

function shown(message, kind, channel) {
  if (kind === "photo") return covered(message, photo(message.photo, channel));
  const file = message[kind], address = fileAddress(channel, file.file_id);
  if (kind === "video" || kind === "animation") return covered(message, video(file, kind, address));
  return row(file, kind, address);
}

function photo(sizes, channel) {
  const { file_id: id, width, height } = sizes.at(-1);
  const picture = element("img", { src: fileAddress(channel, id), width, height, alt: say("Photo"), loading: "lazy" });
  picture.onerror = () => picture.replaceWith(element("div.lost", {}, say("This picture cannot be shown.")));
  return element("a.picture", { href: picture.src, target: "_blank", rel: "noopener" }, picture);
}

/** A still with a play sign until the file proves to be playable (the sandbox's samples are not). */
function video(file, kind, address) {
  const label = kind === "animation" ? "GIF" : clock(file.duration);
  const still = element("div.still", {}, icon("play"), element("span.length", {}, label), element("span.name", {}, file.file_name ?? ""));
  const film = element("video", { src: address, controls: true, preload: "metadata", hidden: true, "aria-label": say("Video") });
  film.onloadedmetadata = () => { film.hidden = false; still.remove(); };
  return element("div.picture", {}, still, film);
}

function row(file, kind, address) {
  const symbol = { document: "file", audio: "music", voice: "mic" }[kind];
  const title = kind === "audio" ? [file.performer, file.title ?? file.file_name].filter(Boolean).join(" – ")
    : kind === "voice" ? say("Voice message") : file.file_name ?? say("File");
  const facts = [kind === "document" ? "" : clock(file.duration), size(file.file_size)].filter(Boolean).join(" · ");
  const name = file.file_name ?? `${kind}.${kind === "voice" ? "ogg" : "bin"}`;
  return element("a.file", { href: address, download: name }, element("span.symbol", {}, icon(symbol)),
    element("span.about", {}, kind === "voice" ? waves() : element("b", {}, title), element("small", {}, facts)));
}

function waves() {
  const heights = [4, 8, 13, 9, 15, 18, 11, 6, 12, 17, 9, 14, 7, 11, 5, 9, 13, 6];
  return element("span.waves", { role: "img", "aria-label": say("Voice message") },
    heights.map(height => element("i", { style: `height:${height}px` })));
}

function covered(message, node) {
  if (!message.has_media_spoiler) return node;
  const cover = element("button.cover", { type: "button", onclick: () => cover.remove() }, say("Show"));
  return element("div.covered", {}, node, cover);
}

function clock(seconds = 0) {
  return `${Math.floor(seconds / 60)}:${String(Math.round(seconds % 60)).padStart(2, "0")}`;
}

function size(bytes) {
  if (!bytes) return "";
  const unit = bytes < 1024 ? "B" : bytes < 1024 ** 2 ? "KB" : "MB";
  const value = bytes / { B: 1, KB: 1024, MB: 1024 ** 2 }[unit];
  return `${value < 10 && unit !== "B" ? value.toFixed(1) : Math.round(value)} ${unit}`;
}
