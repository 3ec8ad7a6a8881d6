"""What is otherwise than when somebody was asked, part by part, in words (pure)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from bot.views.quotes import quoted
from broadcast.language import N_, Speech
from broadcast.message import RichText
from broadcast.models import Broadcast, Submission
from broadcast.services import edition
from broadcast.services.compose import Look
from broadcast.services.subscribe import LANGUAGE_NAMES
from broadcast.states import BroadcastStatus

Document = Mapping[str, Any]
_MOST, _BEFORE = 40, 12  # characters of an excerpt; of them, before the first that differs
_APPROVED = frozenset(
    {
        BroadcastStatus.APPROVED,
        BroadcastStatus.SCHEDULED,
        BroadcastStatus.LATE,
        BroadcastStatus.HOLDING,
    }
)
# What a message has beside text, files and buttons, as people call it.
_FIELDS = {"templates": N_("the template"), "preview": N_("the link preview")}
_LOOK = N_("how it is shown")
_BACK = N_("{name} took it back. It does not go out unless it is submitted and approved again.")


def _taken_back(round_: Submission) -> bool:
    """Whether its author took it back, rather than changed it."""
    return bool((round_.voided or {}).get("back"))


def was_approved(round_: Submission) -> bool:
    """Whether it had all its yeses when somebody changed what they were about."""
    return round_.voided is not None and round_.voided["was"] in _APPROVED


def lines_of(speech: Speech, before: Document, now: Document, timezone: str) -> list[RichText]:
    """One line for each part that differs. `before`, `now`: documents as `edition` makes them; what
    an earlier version did not look at is no difference."""
    found: list[RichText] = []
    for part in edition.differing_parts(dict(before), dict(now)):
        if part not in before:
            continue
        if part == "message":
            found += _message(speech, before[part], now[part])
        elif part == "at":
            found.append(_line(speech, N_("Time"), *_times(speech, before, now, timezone)))
        elif part == "audience":
            found.append(
                _line(speech, N_("To"), *(_people(speech, d[part]) for d in (before, now)))
            )
        elif part == "files":
            if _count(before) == _count(now):
                found.append(_changed(speech, edition.PART_WORDS[part]))
        elif part not in {"templates", "senders"} or before["message"] == now["message"]:
            found.append(_changed(speech, edition.PART_WORDS.get(part, edition.OTHER_PART)))
    return list({line.text: line for line in found}.values())


def void_lines(speech: Speech, look: Look, timezone: str) -> RichText | None:
    """For its author: it was asked about or approved, and is a draft again because it was changed."""
    round_ = look.before
    if look.broadcast.status != BroadcastStatus.DRAFT or round_ is None or round_.voided is None:
        return None
    found = lines_of(speech, round_.document, look.document, timezone)
    if _taken_back(round_) and not found:
        return speech.say("It was taken back. Submit it again when it is ready.")
    if not was_approved(round_):
        return _listed(
            speech.say("It was changed, so it is no longer waiting for approval:"), found
        )
    if not found:
        return speech.say("It was approved, then changed and changed back. Please submit it again.")
    then, now = round_.document["at"], look.document["at"]
    if len(found) == 1 and "now" not in {then, now} and then != now:
        before, after = _times(speech, round_.document, look.document, timezone)
        return speech.say(
            "It was approved for {before}. Changed to {now}, it needs approval again.",
            before=before, now=after,
        )  # fmt: skip
    return _listed(speech.say("It was approved. Changed, it needs approval again:"), found)


def warning(speech: Speech, row: Broadcast, timezone: str) -> RichText:
    """Before somebody changes it: what that would make void; empty where nothing."""
    if row.status == BroadcastStatus.IN_REVIEW and row.launched_at is None:
        return speech.say("It waits for approval. If you change it, submit it again.") + "\n"
    if row.status not in _APPROVED:
        return RichText()
    if row.scheduled_at is None:
        return speech.say("It is approved. If you change it, it needs approval again.") + "\n"
    at = speech.moment(row.scheduled_at, timezone)
    said = speech.say(
        "It is approved for {moment}. If you change it, it needs approval again.", moment=at
    )
    return said + "\n"


def lines_since(speech: Speech, look: Look, timezone: str) -> RichText | None:
    """For whoever decides again: what is otherwise than the last time. Nothing of one that was asked
    again by itself, which says why, nor of a correction, of which everything is new."""
    if look.before is None or look.broadcast.launched_at is not None:
        return None
    if look.asked is not None and look.asked.why:
        return None
    found = lines_of(speech, look.before.document, look.document, timezone)
    if not found:
        return speech.say("Nothing has changed since it was last shown.")
    return _listed(speech.say("Changed since it was last shown:"), found)


def change_line(speech: Speech, round_: Submission, now: Document, timezone: str) -> RichText:
    """For whoever had it before their eyes, on its card: who changed what."""
    name = str((round_.voided or {}).get("name", "?"))
    found = lines_of(speech, round_.document, now, timezone)
    if _taken_back(round_) and not found:
        return speech.say(_BACK, name=name)
    head = N_("{name} changed it, so it is no longer waiting for approval:")
    if was_approved(round_):
        head = N_("{name} changed it, so it does not go out until it is approved again:")
    return _listed(speech.say(head, name=name), found)


def void_notice(
    speech: Speech, round_: Submission, now: Document, timezone: str, *, said_yes: bool
) -> RichText:
    """For whom it concerns, once: an approval is void."""
    name = str((round_.voided or {}).get("name", "?"))
    found = lines_of(speech, round_.document, now, timezone)
    if _taken_back(round_) and not found:
        return speech.say(_BACK, name=name)
    head = N_(
        "{name} changed it after it was approved. It does not go out until it is approved again:"
    )
    if said_yes:
        head = N_(
            "{name} changed it after you approved it. It does not go out until it is approved again:"
        )
    return _listed(speech.say(head, name=name), found)


def _listed(head: RichText, found: list[RichText]) -> RichText:
    if not found:
        return RichText(text=head.text.rstrip(":：") + ".", entities=head.entities)
    out = head
    for line in found:
        out = out + "\n" + line
    return out


def _line(speech: Speech, what: str, before: str, now: str) -> RichText:
    name = speech.plain(what)
    return speech.say("· {what}: {before} → {now}", what=name, before=before, now=now)


def _changed(speech: Speech, part: str) -> RichText:
    return speech.say("· changed: {part}", part=speech.plain(part))


def _times(speech: Speech, before: Document, now: Document, timezone: str) -> tuple[str, str]:
    def of(at: str) -> str:
        if at == "now":
            return speech.plain("as soon as it is approved")
        return speech.moment(datetime.fromisoformat(at), timezone)

    return of(before["at"]), of(now["at"])


def _people(speech: Speech, rule: Document) -> str:
    language = str(rule.get("language", ""))
    if not language:
        return speech.plain("everyone")
    return speech.plain("who read {language}", language=LANGUAGE_NAMES.get(language, language))


def _count(document: Document) -> int:
    return len(document["message"].get("media", ()))


def _message(speech: Speech, before: Document, now: Document) -> list[RichText]:
    found = []
    texts = [str((one.get("text") or {}).get("text", "")) for one in (before, now)]
    if texts[0] != texts[1]:
        found.append(_line(speech, N_("Text"), *_excerpts(*texts)))
    elif before.get("text") != now.get("text"):
        found.append(_changed(speech, N_("the formatting")))
    if before.get("buttons") != now.get("buttons"):
        labels = [_labels(speech, one) for one in (before, now)]
        if labels[0] == labels[1]:
            found.append(_changed(speech, N_("the address of a button")))
        else:
            found.append(_line(speech, N_("Buttons"), *labels))
    if before.get("media") != now.get("media"):
        counts = [len(one.get("media", ())) for one in (before, now)]
        if counts[0] == counts[1]:
            found.append(_changed(speech, edition.PART_WORDS["files"]))
        else:
            found.append(_line(speech, N_("Files"), *map(str, counts)))
    rest = (before.keys() | now.keys()) - {"text", "buttons", "media", "left_out"}
    changed = sorted(name for name in rest if before.get(name) != now.get(name))
    return [*found, *(_changed(speech, _FIELDS.get(name, _LOOK)) for name in changed)]


def _excerpts(before: str, now: str) -> tuple[str, str]:
    """A few words of each around the first that differs."""
    same = 0
    for one, other in zip(before, now, strict=False):
        if one != other:
            break
        same += 1
    start = max(0, before.rfind(" ", 0, max(0, same - _BEFORE)) + 1)
    return _excerpt(before, start), _excerpt(now, start)


def _excerpt(text: str, start: int) -> str:
    cut = " ".join(text[start : start + _MOST].split())
    head = "…" if start else ""
    tail = "…" if len(text) > start + _MOST else ""
    return f"“{quoted(head + cut + tail)}”"


def _labels(speech: Speech, message: Document) -> str:
    labels = [str(one["label"]) for row in message.get("buttons", ()) for one in row]
    return quoted(", ".join(labels)) or speech.plain("none")
