"""What Meta would refuse is said before anybody approves it; what it says, in what it means for us."""

from __future__ import annotations

import json

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from broadcast.channel import Problem, Template
from broadcast.language import speech
from broadcast.message import LinkButton, Media, MediaKind, Message, RichText, TemplateUse
from broadcast.outcome import Deferred, Outcome, Refused, Scope
from channels._kit.graph import templates, usage
from channels._kit.graph.api import Fault
from channels.messenger import outcome as messenger
from channels.messenger import problem as on_messenger
from channels.whatsapp import outcome as whatsapp
from channels.whatsapp import problem as on_whatsapp
from tests.contract.channels import MESSENGER, WHATSAPP

MB = 2**20
K = MediaKind


def file(kind: MediaKind, size: int = 10, mime: str = "") -> Media:
    return Media(media_id=1, kind=kind, size=size, mime=mime, filename="notes")


def message(*media: Media, words: str = "", links: int = 0) -> Message:
    row = tuple(LinkButton(label=f"More {n}", url="https://example.org") for n in range(links))
    return Message(text=RichText(text=words), media=media, buttons=(row,) if row else ())


WRONG_ON_WHATSAPP = [
    (message(file(K.PHOTO, 5 * MB + 1)), "too big"),
    (message(file(K.VIDEO, 16 * MB + 1)), "too big"),
    (message(file(K.AUDIO, 16 * MB + 1)), "too big"),
    (message(file(K.DOCUMENT, 100 * MB + 1)), "too big"),
    (message(file(K.PHOTO, mime="image/webp")), "cannot show"),
    (message(file(K.VIDEO, mime="video/x-matroska")), "cannot show"),
    (message(file(K.ANIMATION, mime="image/gif")), "cannot show"),
    (message(file(K.PHOTO), words="x" * 1000), "characters"),
    (message(words="x" * 4050), "characters"),
    (message(*[file(K.PHOTO)] * 11), "An album holds"),
]
WRONG_ON_MESSENGER = [
    (message(file(K.PHOTO, 25 * MB + 1)), "too big"),
    (message(words="x" * 2001), "characters"),
    (message(words="x", links=4), "buttons at most"),
    (message(*[file(K.PHOTO)] * 11), "An album holds"),
]
FINE = [
    message(file(K.PHOTO, 5 * MB, "image/jpeg"), words="x" * 900),
    message(file(K.AUDIO), words="x" * 1500),
    message(*[file(K.PHOTO), file(K.DOCUMENT)] * 5, words="x"),
    message(words="x" * 1900, links=3),
]


@pytest.mark.parametrize(("given", "words"), WRONG_ON_WHATSAPP)
def test_what_whatsapp_would_refuse_is_found(given: Message, words: str) -> None:
    (problem,) = on_whatsapp.problems_of(given)
    assert words in said(problem)


@pytest.mark.parametrize(("given", "words"), WRONG_ON_MESSENGER)
def test_what_messenger_would_refuse_is_found(given: Message, words: str) -> None:
    (problem,) = on_messenger.problems_of(given)
    assert words in said(problem)


@pytest.mark.parametrize("given", FINE)
def test_what_both_take_is_no_problem(given: Message) -> None:
    assert on_whatsapp.problems_of(given) == on_messenger.problems_of(given) == []


def said(problem: Problem, language: str = "en") -> str:
    return speech(language).say(problem.template, **problem.values).text


PROMO = Template("promo", "tr", "marketing", "Hi {{a}}, {{b}}", "approved", parameters=("a", "b"))


@pytest.mark.parametrize(
    ("known", "given", "words"),
    [
        (PROMO, (("a", "x"), ("b", "y")), ""),
        (PROMO, (("a", "{name}"),), "no value for b"),
        (PROMO, (("a", "x"), ("b", "  ")), "no value for b"),
        (Template("promo", "tr", "marketing", "Hi", "paused"), (), "does not let"),
        (Template("other", "tr", "marketing", "Hi", "paused"), (), ""),
    ],
)
def test_a_template_that_cannot_go_is_found(
    known: Template, given: tuple[tuple[str, str], ...], words: str
) -> None:
    use = TemplateUse(channel="whatsapp", name="promo", language="tr", parameters=given)
    whole = Message(text=RichText(text="x"), templates=(use,))
    found = templates.problems_of(whole, "whatsapp", {(known.name, known.language): known})
    assert [words in said(one) for one in found] == ([True] if words else [])


def stopping() -> list[tuple[str, Outcome]]:
    of_whatsapp = [(f"whatsapp {code}", whatsapp.meaning(Fault(code))) for code in WHATSAPP]
    return of_whatsapp + [(f"messenger {p}", messenger.meaning(Fault(*p))) for p in MESSENGER]


@pytest.mark.parametrize(("code", "outcome"), stopping())
def test_what_stops_a_broadcast_says_what_to_do_in_every_language(
    code: str, outcome: Outcome
) -> None:
    if not (isinstance(outcome, Refused) and outcome.scope is Scope.ACCOUNT):
        assert not (isinstance(outcome, Refused) and outcome.mend), code
        return
    english, turkish = (speech(code).plain(outcome.mend) for code in ("en", "tr"))
    assert english and turkish and english != turkish


def test_a_capped_person_is_left_alone_for_a_day_and_nobody_else_is() -> None:
    for read in (whatsapp.meaning, whatsapp.afterwards):
        capped = read(Fault(131049))
        assert isinstance(capped, Refused) and capped.wait_seconds == 86_400
    others = [whatsapp.meaning(Fault(code)) for code in WHATSAPP if code != 131049]
    assert not any(one.wait_seconds for one in others if isinstance(one, Refused))
    assert sum(isinstance(one, Deferred) for one in others) == 10


def business(*uses: dict[str, object]) -> str:
    return orjson.dumps({"100": list(uses)}).decode()


@pytest.mark.parametrize(
    ("app", "of_business", "share", "seconds"),
    [
        (None, None, 0, 0),
        ('{"call_count":28,"total_time":25,"total_cputime":81}', None, 81, 0),
        (None, business({"type": "messenger", "call_count": 96}), 96, 0),
        (
            '{"call_count":10}',
            business({"type": "x", "call_count": 100, "estimated_time_to_regain_access": 19}),
            100, 1140,
        ),
        (None, business({"type": "whatsapp_business_management", "call_count": 99}), 0, 0),
        ("odd", '{"1": 5, "2": [7, null]}', 0, 0),
        ('{"call_count":"x"}', "[]", 0, 0),
        ('{"call_count":1e300}', None, 1000, 0),
    ],
)  # fmt: skip
def test_how_much_is_used_up_is_read_from_metas_headers(
    app: str | None, of_business: str | None, share: int, seconds: float
) -> None:
    assert usage.read(app, of_business) == (share, seconds)


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["call_count", "estimated_time_to_regain_access", "type", "1"]), inner
        )
    ),
    max_leaves=10,
)


@given(_JSON, _JSON)
def test_whatever_the_headers_say_a_message_that_went_stays_sent(app: object, uses: object) -> None:
    share, wait = usage.read(json.dumps(app), json.dumps(uses))
    assert 0 <= share <= 1000 and 0 <= wait <= 3600
