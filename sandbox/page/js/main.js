// The demo page: puts the team's phone, the subscribers' phones, the counters and the guide together.
import { control } from "./api.js";
import { Chats } from "./chats.js";
import { Counters } from "./counters.js";
import { element } from "./dom.js";
import { Guide } from "./guide.js";
import { Live } from "./live.js";
import { Pane } from "./slack/pane.js";
import { everybody } from "./people.js";
import { apps, firstPeople, Subscriber } from "./subscriber.js";
import { Tabs } from "./tabs.js";
import { APPROVER, AUTHOR, Team } from "./team.js";
import { say, speak } from "./words.js";

const at = id => document.getElementById(id);

async function open() {
  speak();
  const live = new Live();
  showState(live);
  const chats = new Chats(live);
  const counters = new Counters(at("counters"), live);
  const [{ subscribers, extra }, slackApp] = await Promise.all([until(everybody), control("app", undefined, "slack").catch(() => null)]);
  const inSlack = Boolean(slackApp?.bot_token || slackApp?.app_token); // an app has come to the workspace
  const tabs = new Tabs(at("tabs"), at("switch"), [
    ...(extra.length ? [{ name: "team", symbol: "team", title: inSlack ? "Telegram" : say("The team"), console: "Telegram" }] : []),
    ...(inSlack ? [{ name: "slack", symbol: "hash", title: "Slack", console: "Slack" }] : []),
    { name: "phones", symbol: "phone", title: say("The phones") },
  ]);
  at("team").hidden = !extra.length;
  at("slack").hidden = !inSlack;
  const slack = inSlack && new Pane(at("slack").appendChild(element("section.device.slack")), live);
  const dialects = await until(apps);
  const phones = (await firstPeople(subscribers, dialects, dialects.length > 1 ? dialects.length : 2)).map(({ person, dialect }) => {
    const phone = new Subscriber(document.querySelector(".shelf"), subscribers, chats, dialects);
    phone.give(person, dialect);
    return phone;
  });
  for (const phone of phones) phone.neighbours = phones.filter(other => other !== phone);
  const team = extra.length && new Team(at("team"), extra, chats, () => badges());
  const everyPhone = [...phones, team].filter(Boolean).map(({ phone }) => phone);
  function badges() {
    if (team) tabs.badge("team", team.admins.reduce((sum, { id }) => sum + chats.of("telegram", id).unread, 0));
    if (slack) tabs.badge("slack", slack.visible ? 0 : slack.unread);
    const [first] = phones; // a narrow screen, where the tabs are, shows one
    if (first) tabs.badge("phones", first.phone.visible ? 0 : first.phone.chat.unread);
  }
  const look = () => { everyPhone.forEach(phone => phone.visible && phone.redraw()); slack && slack.redraw(); badges(); };
  tabs.shown.addEventListener("change", look);
  document.addEventListener("visibilitychange", look);
  live.addEventListener("event", badges);
  if (slack) slack.addEventListener("news", badges);
  if (extra.some(({ id }) => id === AUTHOR) && extra.some(({ id }) => id === APPROVER)) {
    const as = id => { tabs.go("team"); team.become(id); };
    new Guide(at("guide"), {
      author: chats.of("telegram", AUTHOR), approver: chats.of("telegram", APPROVER), counters, inSlack,
      go: {
        author: text => { as(AUTHOR); if (text) team.phone.write({ text }).catch(() => {}); team.phone.composer.field.focus(); },
        approver: () => as(APPROVER),
        phones: () => { tabs.go("phones"); phones[0]?.phone.log.list.focus(); },
      },
    });
  }
  live.connect();
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
