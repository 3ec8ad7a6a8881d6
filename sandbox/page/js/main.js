// The demo page: puts the team's phone, the subscribers' phones, the counters and the guide together.
import { Chats } from "./chats.js";
import { Counters } from "./counters.js";
import { Guide } from "./guide.js";
import { Live } from "./live.js";
import { everybody } from "./people.js";
import { firstPeople, Subscriber } from "./subscriber.js";
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
  const { subscribers, extra } = await until(everybody);
  const tabs = new Tabs(at("tabs"), [
    ...(extra.length ? [{ name: "team", symbol: "team", title: say("The team") }] : []),
    { name: "phones", symbol: "phone", title: say("The phones") },
  ]);
  at("team").hidden = !extra.length;
  const phones = (await firstPeople(subscribers)).map(person => {
    const phone = new Subscriber(document.querySelector(".shelf"), subscribers, chats, "telegram");
    phone.give(person);
    return phone;
  });
  const team = extra.length && new Team(at("team"), extra, chats, () => badges());
  const everyPhone = [...phones, team].filter(Boolean).map(({ phone }) => phone);
  function badges() {
    if (team) tabs.badge("team", team.admins.reduce((sum, { id }) => sum + chats.of("telegram", id).unread, 0));
    const [first] = phones; // a narrow screen, where the tabs are, shows one
    if (first) tabs.badge("phones", first.phone.visible ? 0 : first.phone.chat.unread);
  }
  const look = () => { everyPhone.forEach(phone => phone.visible && phone.redraw()); badges(); };
  tabs.shown.addEventListener("change", look);
  document.addEventListener("visibilitychange", look);
  live.addEventListener("event", badges);
  if (extra.some(({ id }) => id === AUTHOR) && extra.some(({ id }) => id === APPROVER)) {
    const as = id => { tabs.go("team"); team.become(id); };
    new Guide(at("guide"), {
      author: chats.of("telegram", AUTHOR), approver: chats.of("telegram", APPROVER), counters,
      go: {
        author: text => { as(AUTHOR); if (text) team.phone.write({ text }).catch(() => {}); team.phone.composer.field.focus(); },
        approver: () => as(APPROVER),
        phones: () => { tabs.go("phones"); phones[0]?.phone.list.focus(); },
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
