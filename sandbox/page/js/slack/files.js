// Files in Slack: those of a message, and the field of a modal that takes some.
import { fileAddress } from "../api.js";
import { Attach } from "../attach.js";
import { element, icon } from "../dom.js";
import { say } from "../words.js";

/** What the paper clip gives, as Slack's control verbs take it: a sample's name, or the file itself. */
export function sent(wish) {
  const [value] = Object.values(wish);
  return wish.file_name ? { name: wish.file_name, mime: wish.mime_type, data: value } : value;
}

export function shared(files = []) {
  if (!files.length) return null;
  return element("div.slack-files", {}, files.map(file => {
    const address = fileAddress("slack", file.id);
    if (file.mimetype?.startsWith("image/")) {
      return element("a.slack-picture", { href: address, target: "_blank", rel: "noopener" }, element("img", { src: address, alt: file.alt_txt || file.title || file.name, loading: "lazy" }));
    }
    return element("a.slack-file", { href: address, download: file.name }, element("span.symbol", {}, icon("file")),
      element("span.name", {}, element("b", {}, file.title || file.name), element("small", {}, file.pretty_type ?? "")));
  }));
}

export function fileInput(spec, use) {
  const attach = new Attach(() => use.changed(attach.files.map(sent)), { most: spec.max_files ?? 10 });
  const known = use.state?.files ?? [];
  const kept = known.length > 0 && element("p.kept", {}, known.map(({ name }) => name).join(", "));
  attach.button.append(element("span", {}, say("Add a file")));
  return element("div.file-input", { role: "group", "aria-label": use.label }, kept, attach.chosen, attach.button, attach.panel);
}
