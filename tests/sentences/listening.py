"""Hear every sentence where it is translated, and every message where it leaves; write both down.

`listen(folder)` once in a process. Messages are appended to a file of the process in the folder, one
JSON object a line: only those in which some sentence stands better than in those before.
"""

from __future__ import annotations

import builtins
import json
import os
import re
import sys
from collections.abc import Callable, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any

from broadcast.channel import AccountEvent, Problem
from broadcast.errors import CannotDo
from broadcast.language import Speech
from broadcast.outcome import Refused
from tests.sentences import tree

SUITES = ("tests/unit", "tests/scenario", "tests/contract", "tests/attacks", "tests/e2e")
ALONE = "alone"
Json = dict[str, Any]


def rank(entry: Json) -> tuple[Any, ...]:
    """Smaller is better to read: in its message, from a quick test, short."""
    suite = next((n for n, s in enumerate(SUITES) if entry["test"].startswith(s)), len(SUITES))
    text = json.dumps(entry["said"])
    return entry["place"] == ALONE, entry["place"] == "terminal", suite, len(text), text


class Listener:
    """What was said in this process."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.window = tree.Window()
        self._best: dict[str, tuple[Any, ...]] = {}
        self._test = ""

    def test(self) -> str:
        """Which test runs; a new one begins with nothing heard."""
        now = os.environ.get("PYTEST_CURRENT_TEST", "").split(" ")[0]
        now = re.sub(r"\[.*", "", now)
        if now != self._test:
            self._test = now
            self.window.clear()
        return now

    def said(self, text: str, sentence: str, values: dict[str, object], **more: Any) -> None:
        if sentence not in tree.known():
            return
        test = self.test()
        self.window.add(text, {"id": sentence, **more}, values)
        if sentence not in self._best:
            self._write({"place": ALONE, "test": test, "said": self.window.parts(text)})

    def made(self, sentence: str, values: dict[str, object]) -> None:
        """A refusal, a warning or a piece of news that is put into words later, if at all."""
        if sentence in tree.known() and sentence not in self._best:
            node: Json = {"id": sentence}
            shown = {name: value for name, value in values.items() if f"{{{name}}}" in sentence}
            if shown:
                node["with"] = {n: self.window.parts(str(v), whole=True) for n, v in shown.items()}
            self._write({"place": ALONE, "test": self.test(), "said": [node]})

    def left(
        self, place: str, text: str, buttons: Sequence[Sequence[str]] = (), **who: str
    ) -> None:
        """A message is on its way."""
        test = self.test()
        said = self.window.parts(text)
        rows = [[self.window.parts(label) for label in row] for row in buttons]
        who = {name: tree.plain_places(value) for name, value in who.items() if value}
        self._write({"place": place, "test": test, **who, "said": said, "buttons": rows})

    def _write(self, entry: Json) -> None:
        inside = list(tree.ids(entry["said"]))
        for row in entry.get("buttons", []):
            inside += [one for label in row for one in tree.ids(label)]
        mark = rank(entry)
        better = [one for one in inside if mark < self._best.get(one, (True, True, 99))]
        if better:
            self._best.update(dict.fromkeys(better, mark))
            with (self._folder / f"{os.getpid()}.jsonl").open("a", encoding="utf-8") as file:
                file.write(json.dumps(entry, ensure_ascii=False, default=str) + "\n")


def listen(folder: Path) -> None:
    """Begin, in this process."""
    ear = Listener(folder)
    _sentences(ear)
    _refusals(ear)
    _printed(ear)


def _sentences(ear: Listener) -> None:
    say, say_n, template = Speech.say, Speech.say_n, Speech.template

    def say_(self: Speech, sentence: str, /, **values: object) -> Any:
        _doors(ear)
        found = say(self, sentence, **values)
        ear.said(found.text, sentence, values)
        return found

    def say_n_(self: Speech, one: str, many: str, n: int, /, **values: object) -> Any:
        found = say_n(self, one, many, n, **values)
        ear.said(found.text, one, values, n=n)
        return found

    def template_(self: Speech, sentence: str) -> str:
        found = template(self, sentence)
        ear.said(found, sentence, {}, bare=True)
        return found

    for name, hook in (("say", say_), ("say_n", say_n_), ("template", template_)):
        setattr(Speech, name, hook)
    _values(ear)


def _values(ear: Listener) -> None:
    """Days, numbers and durations look otherwise in each language."""

    def wrap(name: str, node: Callable[..., Json]) -> None:
        real = getattr(Speech, name)

        def hooked(self: Speech, *given: Any, **more: Any) -> str:
            found: str = real(self, *given, **more)
            if name != "number" or not found.isdigit():
                ear.window.add(found, node(*given, **more))
            return found

        setattr(Speech, name, hooked)

    def moment(at: datetime, timezone: str, *, offset: bool = False) -> Json:
        return {"at": at.isoformat(), "zone": timezone, "offset": offset}

    def span(since: datetime, until: datetime, timezone: str) -> Json:
        return {"at": since.isoformat(), "until": until.isoformat(), "zone": timezone}

    def day(day: date) -> Json:
        return {"day": day.isoformat()[:10]}

    wrap("moment", moment)
    wrap("span", span)
    wrap("day", day)
    wrap("date", lambda at, timezone: {"date": at.isoformat(), "zone": timezone})
    wrap("duration", lambda seconds: {"seconds": seconds})
    wrap("number", lambda value: {"number": value})
    wrap("city", lambda timezone: {"city": timezone})
    wrap("capital", lambda words: {"capital": ear.window.parts(words)})


def _refusals(ear: Listener) -> None:
    """Sentences that are carried as such, with their values."""

    def wrap(kind: Any, given: Callable[..., tuple[str, dict[str, object]]]) -> None:
        real = kind.__init__

        def hooked(self: Any, *values: Any, **named: Any) -> None:
            real(self, *values, **named)
            ear.made(*given(self))

        kind.__init__ = hooked

    for kind in (Problem, AccountEvent, CannotDo):
        wrap(kind, lambda self: (self.template, self.values))
    wrap(Refused, lambda self: (self.mend, {}))


def _printed(ear: Listener) -> None:
    real = builtins.print

    def heard(*words: Any, **how: Any) -> None:
        real(*words, **how)
        if how.get("file") in (None, sys.stdout, sys.stderr):
            ear.left("terminal", " ".join(map(str, words)))

    builtins.print = heard


_opened: set[str] = set()


def _doors(ear: Listener) -> None:
    """Listen at every place where messages leave, as soon as it is imported."""
    for name, door in _DOORS.items():
        module = None if name in _opened else sys.modules.get(name)
        if module is not None and door(ear, module):
            _opened.add(name)


def _console(ear: Listener, module: Any) -> bool:
    if not hasattr(module, "acted"):
        return False
    handle = module.handle

    async def heard(core: Any, request: Any) -> Any:
        replies = await handle(core, request)
        for reply in replies:
            _reply(ear, "console", reply, to=request.actor.name, asked=_asked(request))
        return replies

    module.handle = heard
    return True


def _asked(request: Any) -> str:
    words = f"/{request.command} {request.arguments}".strip() if request.command else ""
    if not words and request.content is not None:
        words = request.content.text.text
    words = re.sub(r"\s+", " ", words)
    words = re.sub(r"(?<=\s)(?=\w*\d)[\w-]{12,}", "…", words)
    return words[:80]


def _reply(ear: Listener, place: str, reply: Any, **who: str) -> None:
    labels = [[button.label for button in row] for row in reply.buttons]
    text = reply.text.text
    if reply.notice and reply.notice not in text:
        ear.left("notice", reply.notice, **who)
    if reply.form is not None:
        form = reply.form
        fields = [_field(one) for one in form.fields]
        text = "\n".join((text, form.title, *fields)).strip()
        labels = [*labels, [form.submit]]
    ear.left(place, text, labels, **who)


def _field(one: Any) -> str:
    choices = "\n".join(f"    ( ) {label}" for _, label in one.options[:12])
    return "\n".join(line for line in (f"  {one.label}", f"  {one.hint}", choices) if line.strip())


def _board(ear: Listener, module: Any) -> bool:
    if not hasattr(module, "Board"):
        return False
    show = module.Board.show

    def heard(self: Any, place: Any, number: int, note: Any) -> None:
        to = place.admin.name if place.admin is not None else ""
        _reply(ear, "card" if note.kind else "word", note.reply, to=to)
        show(self, place, number, note)

    module.Board.show = heard
    return True


def _subscriber(ear: Listener, module: Any) -> bool:
    if not hasattr(module, "_Conversation"):
        return False
    hear = module.hear

    async def heard(core: Any, inbound: Any) -> Any:
        answers = await hear(core, inbound)
        for one in answers:
            labels = [[choice.label for choice in row] for row in one.choices]
            asked = inbound.text or inbound.payload or str(inbound.kind)
            ear.left("subscriber", one.text.text, labels, to=inbound.name, asked=asked[:80])
            if one.notice and one.notice not in one.text.text:
                ear.left("notice", one.notice, to=inbound.name, asked=asked[:80])
        return answers

    module.hear = heard
    return True


def _slack(ear: Listener, module: Any) -> bool:
    if not hasattr(module, "Client"):
        return False
    send = module.Client._request

    async def heard(self: Any, *, http_verb: str, api_url: str, req_args: Any) -> Any:
        method = api_url.rpartition("/")[2]
        if method.startswith("views."):
            lines, labels = _view(req_args.get("json") or req_args.get("data") or {})
            place = "slack home" if method == "views.publish" else "slack window"
            ear.left(place, "\n".join(lines), [[label] for label in labels])
        return await send(self, http_verb=http_verb, api_url=api_url, req_args=req_args)

    module.Client._request = heard
    return True


def _view(given: Any) -> tuple[list[str], list[str]]:
    """The texts and the buttons of a view, from top to bottom."""
    view = given.get("view", {})
    view = json.loads(view) if isinstance(view, str) else view
    lines: list[str] = []
    labels: list[str] = []

    def walk(node: Any, button: bool = False) -> None:
        if isinstance(node, list):
            for one in node:
                walk(one, button)
        elif isinstance(node, dict):
            if isinstance(text := node.get("text"), str) and node.get("type") in _TEXTS:
                (labels if button else lines).append(_unmarked(text))
            for key, value in node.items():
                walk(value, button or node.get("type") == "button" or key in {"submit", "close"})

    walk({"title": view.get("title"), "blocks": view.get("blocks")})
    walk({"submit": view.get("submit"), "close": view.get("close")})
    return lines, labels


_TEXTS = {"plain_text", "mrkdwn", "text"}


def _unmarked(text: str) -> str:
    text = re.sub(r"(?<!\w)([*`_])(\S(?:.*?\S)?)\1(?!\w)", r"\2", text)
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def _echo(ear: Listener, module: Any) -> bool:
    if not hasattr(module, "echo"):
        return False
    echo = module.echo

    def heard(message: Any = None, *given: Any, **more: Any) -> None:
        echo(message, *given, **more)
        ear.left("terminal", str(message))

    module.echo = heard
    return True


_DOORS: dict[str, Callable[[Listener, Any], bool]] = {
    "bot.dispatch": _console,
    "bot.announce.live_messages": _board,
    "broadcast.services.subscribe": _subscriber,
    "bot.frontends.slack.api": _slack,
    "typer": _echo,
}
