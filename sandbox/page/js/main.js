// The demo page: puts the team's phone, the subscribers' phones, the counters and the guide together.
import { control } from "./api.js";
import { breakable, Breaking } from "./breaking.js";
import { Chats } from "./chats.js";
import { Counters } from "./counters.js";
import { element, icon } from "./dom.js";
import { Guide } from "./guide.js";
import { Live } from "./live.js";
import { Pane } from "./slack/pane.js";
import { everybody } from "./people.js";
import { tendMenus } from "./popups.js";
import { Shelf } from "./shelf.js";
import { apps, firstPeople, Subscriber } from "./subscriber.js";
import { Tabs } from "./tabs.js";
import { APPROVER, AUTHOR, Team } from "./team.js";
import { say, speak } from "./words.js";

const NARROW = matchMedia("(max-width: 760px)");
const at = id => document.getElementById(id);

async function open() {
  speak();
  tendMenus();
  const live = new Live();
  showState(live);
  const chats = new Chats(live);
  const counters = new Counters(at("counters"), live);
  const [{ subscribers, extra }, slackApp, canBreak] = await Promise.all([until(everybody), control("app", undefined, "slack").catch(() => null), breakable()]);
  const inSlack = Boolean(slackApp?.bot_token || slackApp?.app_token); // an app has come to the workspace
  const tabs = new Tabs(at("tabs"), at("switch"), [
    ...(extra.length ? [{ name: "team", symbol: "team", title: inSlack ? "Telegram" : say("The team"), console: "Telegram" }] : []),
    ...(inSlack ? [{ name: "slack", symbol: "hash", title: "Slack", console: "Slack" }] : []),
    { name: "phones", symbol: "phone", title: say("The phones") },
    ...(canBreak ? [{ name: "breaking", symbol: "crack", title: say("Break") }] : []),
  ]);
  at("team").hidden = !extra.length;
  at("slack").hidden = !inSlack;
  const slack = inSlack && new Pane(at("slack").appendChild(element("section.device.slack", { "aria-label": "Slack" })), live);
  const dialects = await until(apps);
  const phones = (await firstPeople(subscribers, dialects, dialects.length > 1 ? dialects.length : 2)).map(({ person, dialect }) => {
    const phone = new Subscriber(document.querySelector(".shelf"), subscribers, chats, dialects);
    phone.give(person, dialect);
    return phone;
  });
  for (const phone of phones) phone.neighbours = phones.filter(other => other !== phone);
  const shelf = new Shelf(document.querySelector(".shelf"), document.querySelector(".dots"), phones);
  const team = extra.length && new Team(at("team"), extra, chats, () => badges());
  const everyPhone = [...phones, team].filter(Boolean).map(({ phone }) => phone);
  function badges() {
    if (team) tabs.badge("team", team.admins.reduce((sum, { id }) => sum + chats.of("telegram", id).unread, 0));
    if (slack) tabs.badge("slack", slack.visible ? 0 : slack.unread);
    const inTurn = shelf.inTurn.map(({ phone }) => phone); // the dots tell of the others
    tabs.badge("phones", inTurn.reduce((sum, phone) => sum + (phone.visible ? 0 : phone.chat.unread), 0));
    shelf.draw();
  }
  const look = () => { everyPhone.forEach(phone => phone.visible && phone.redraw()); slack && slack.redraw(); badges(); };
  tabs.shown.addEventListener("change", look);
  shelf.addEventListener("change", look);
  document.addEventListener("visibilitychange", look);
  live.addEventListener("event", badges);
  if (slack) slack.addEventListener("news", badges);
  const breaking = canBreak && offerBreaking(tabs);
  if (extra.some(({ id }) => id === AUTHOR) && extra.some(({ id }) => id === APPROVER)) {
    const as = id => { tabs.go("team"); team.become(id); };
    at("to-guide").append(icon("help"));
    at("to-guide").title = say("How to begin");
    at("to-guide").setAttribute("aria-label", say("How to begin"));
    new Guide(at("guide"), at("to-guide"), {
      author: chats.of("telegram", AUTHOR), approver: chats.of("telegram", APPROVER), counters, inSlack,
      go: {
        author: text => { as(AUTHOR); if (text) team.phone.write({ text }).catch(() => {}); team.phone.composer.field.focus(); },
        approver: () => { as(APPROVER); (team.key("a:approve ") ?? team.phone.log.node).focus(); },
        phones: () => { tabs.go("phones"); shelf.inTurn[0]?.phone.log.node.focus(); },
        breaking,
      },
    });
  }
  live.connect();
}

/** The pane that breaks things: a column of its own, or a tab where there is no room. */
function offerBreaking(tabs) {
  const pane = new Breaking(at("breaking").querySelector(".breaking-body")), toggle = at("to-breaking");
  at("breaking").hidden = toggle.hidden = false;
  toggle.append(icon("crack"), say("Break something"));
  const show = shown => {
    if (shown) document.body.dataset.breaking = "open"; else delete document.body.dataset.breaking;
    toggle.setAttribute("aria-expanded", String(shown));
  };
  const enter = () => {
    show(true);
    if (NARROW.matches) tabs.go("breaking");
    pane.enter();
  };
  toggle.onclick = () => document.body.dataset.breaking ? show(false) : enter();
  at("breaking").onkeydown = event => {
    if (event.key !== "Escape" || NARROW.matches) return;
    show(false);
    toggle.focus();
  };
  return enter;
}

function showState(live) {
  const mark = at("live");
  const show = open => {
    mark.className = `live ${open ? "on" : "off"}`;
    mark.textContent = open ? say("Live") : say("Connecting…");
  };
  live.addEventListener("open", () => show(true));
  live.addEventListener("closed", () => show(false));
  show(false);
}

/** Tries until it works: the sandbox may be starting. */
async function until(work) {
  for (;;) {
    try { return await work(); } catch { await new Promise(done => { setTimeout(done, 800); }); }
  }
}

open();
