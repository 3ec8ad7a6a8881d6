// Block Kit as Slack draws it.
import { fileAddress } from "../api.js";
import { element } from "../dom.js";
import { say } from "../words.js";
import { interactive } from "./elements.js";
import { mrkdwn, plain, words } from "./mrkdwn.js";
import { richText } from "./rich.js";

const MARKDOWN_BOLD = /\*\*(.+?)\*\*/g, MARKDOWN_LINK = /\[([^\]]+)\]\((\S+?)\)/g, MARKDOWN_HEAD = /^#+ (.*)$/gm;

/**
 * `surface`: { workspace, stateOf(block, element), press(block, element, choice), input(block) }.
 * Only a modal has `input`, which gives the node of an input block.
 */
export function blocks(list, surface) {
  return list.map(block => {
    const node = (DRAW[block.type] ?? unknown)(block, surface);
    node.classList?.add("block");
    return node;
  });
}

const DRAW = { section, header, divider, context, actions, image, rich_text: rich, input, markdown, video };

/** The node of an element outside an input block: what is chosen is sent at once. */
function live(block, spec, surface) {
  return interactive(spec, {
    workspace: surface.workspace, state: surface.stateOf(block, spec),
    press: choice => surface.press(block, spec, choice),
  });
}

function section(block, surface) {
  const accessory = block.accessory && (block.accessory.type === "image" ? element("img.thumb", pictureOf(block.accessory)) : live(block, block.accessory, surface));
  return element("div.block-section", {},
    element("div.section-text", {}, block.text && element("div.text", {}, words(block.text, surface.workspace)),
      block.fields && element("div.fields", {}, block.fields.map(field => element("div", {}, words(field, surface.workspace))))), accessory);
}

function header(block) { return element("h3.block-header", {}, plain(block.text.text)); }

function divider() { return element("hr"); }

function context(block, surface) {
  return element("div.block-context", {}, block.elements.map(part => part.type === "image"
    ? element("img", pictureOf(part)) : element("span", {}, words(part, surface.workspace))));
}

function actions(block, surface) {
  return element("div.block-actions", {}, block.elements.map(spec => live(block, spec, surface)));
}

function image(block) {
  const picture = element("img", pictureOf(block));
  picture.onerror = () => picture.replaceWith(element("span.lost", {}, block.alt_text || say("This picture cannot be shown.")));
  return element("figure.block-image", {}, block.title && element("figcaption", {}, plain(block.title.text)), picture);
}

function pictureOf({ image_url: address, slack_file: file, alt_text: alt }) {
  const id = file?.id ?? file?.url?.match(/-(F\w+)\//)?.[1];
  return { src: id ? fileAddress("slack", id) : address, alt, loading: "lazy" };
}

function rich(block, surface) { return element("div.block-rich", {}, richText(block, surface.workspace)); }

function input(block, surface) { return surface.input ? surface.input(block) : element("div"); }

function markdown(block, surface) {
  const text = block.text.replace(MARKDOWN_HEAD, "*$1*").replace(MARKDOWN_BOLD, "*$1*").replace(MARKDOWN_LINK, "<$2|$1>");
  return element("div.text", {}, mrkdwn(text, surface.workspace));
}

function video(block) {
  return element("div.text", {}, element("a", { href: block.title_url ?? block.video_url, target: "_blank", rel: "noopener" }, plain(block.title.text)));
}

function unknown(block) { return element("div.lost", {}, block.type); }

/** What a message says: its blocks, else its text; and its attachments. */
export function content(message, surface) {
  const body = message.blocks?.length ? blocks(message.blocks, surface)
    : message.text ? [element("div.text", {}, mrkdwn(message.text, surface.workspace))] : [];
  const attached = (message.attachments ?? []).map(part => element("div.attachment", { style: part.color ? `--bar:#${part.color.replace("#", "")}` : null },
    part.blocks ? blocks(part.blocks, surface) : mrkdwn(part.text ?? part.fallback ?? "", surface.workspace)));
  return [...body, ...attached];
}
