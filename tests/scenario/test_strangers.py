"""People we know little of: without a name, in a language we have to guess, with questions that
nobody reads, and with machines that answer by themselves."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from itertools import count
from pathlib import Path

import pytest
from sqlmodel import select

from broadcast.inbound import Answer, Inbound, InboundKind
from broadcast.models import ConsentEvent, Subscriber
from broadcast.services import import_people, replies, subscribe
from broadcast.services.import_people import Line
from broadcast.wording.small_talk import Talk, talk
from tests.scenario.house import House

_ids = count(1)
TEXT, START, CHOICE = InboundKind.TEXT, InboundKind.START, InboundKind.CHOICE
COMMAND = InboundKind.COMMAND


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    made = await House(tmp_path, sender_name="Town Hall", contact="info@town.example").open()
    yield made
    await made.store.close()


def did(
    kind: InboundKind, text: str = "", payload: str = "", *, name: str = "Ada", language: str = "",
    phone: str = "", channel: str = "whatsapp", address: str = "5",
) -> Inbound:  # fmt: skip
    return Inbound(
        str(next(_ids)),
        channel,
        "default",
        address,
        kind,
        text,
        payload,
        name,
        language,
        phone=phone,
    )


async def hear(house: House, *events: Inbound) -> str:
    """What the last of them was answered."""
    answers: list[Answer] = []
    for event in events:
        answers = await subscribe.hear(house.core, event)
    return "\n".join(answer.text.text for answer in answers)


async def person(house: House) -> Subscriber:
    async with house.store.read() as session:
        return (await session.scalars(select(Subscriber))).one()


# Names


@pytest.mark.parametrize(
    "name",
    [
        "",
        "🙂",
        "...",
        "🌸🌸",
        "_",
        "\u200e",
        "👩‍👩‍👧",
        "0532",
        "٠٥٣",
        "\u3164",
        "\uffa0 \u115f",
        "ـــ",
    ],
)
async def test_who_has_no_name_is_greeted_without_one(house: House, name: str) -> None:
    said = await hear(house, did(TEXT, "JOIN", name=name))
    assert said.startswith("Welcome. Town Hall will write to you here.")
    said = await hear(house, did(TEXT, "KATIL", name=name))
    assert said.startswith("Hoş geldiniz. ")


@pytest.mark.parametrize("name", ["Ada", "Ş", "王", "🌸 Ayşe 🌸"])
async def test_who_has_one_is_greeted_by_it(house: House, name: str) -> None:
    assert (await hear(house, did(TEXT, "JOIN", name=name))).startswith(f"Welcome, {name}. ")


async def test_a_name_that_is_none_and_was_kept_before_is_not_said(house: House) -> None:
    await hear(house, did(START))
    async with house.store.write() as session:
        (await session.scalars(select(Subscriber))).one().name = "🙂"
    said = await hear(house, did(TEXT, "JOIN", name=""))
    assert said.startswith("Welcome. ")


# Languages


@pytest.mark.parametrize(
    ("word", "known", "answered"),
    [
        ("KATIL", {}, "tr"),
        ("Katılmak istiyorum", {}, "tr"),
        ("KATIL", {"language": "en"}, "tr"),
        ("KATIL", {"phone": "+4915112345678"}, "tr"),
        ("JOIN", {"phone": "+905321234567"}, "en"),
        ("START", {"phone": "+905321234567"}, "tr"),  # a word of every language
        ("START", {"phone": "+905321234567", "language": "en"}, "en"),
        ("hi", {"phone": "+905321234567"}, "tr"),
        ("hi", {"language": "tr-TR"}, "tr"),
        ("hi", {"language": "de", "phone": "+905321234567"}, "tr"),  # we speak no German
        ("hi", {"phone": "+15551234567"}, "en"),
        ("hi", {"phone": "+882161234567"}, "en"),
        ("hi", {}, "en"),
        ("İPTAL", {}, "tr"),
        ("STOP", {}, "en"),
    ],
)
async def test_the_word_then_the_platform_then_the_number_says_which_language(
    house: House, word: str, known: dict[str, str], answered: str
) -> None:
    await hear(house, did(TEXT, word, **known))
    assert (await person(house)).language == answered


async def test_a_number_of_ours_says_nothing_in_a_house_that_writes_otherwise(
    tmp_path: Path,
) -> None:
    house = await House(tmp_path, language="tr").open()
    await hear(house, did(TEXT, "hi", phone="+4915112345678"))
    assert (await person(house)).language == "tr"
    await house.store.close()


async def test_a_choice_is_stronger_than_any_guess_that_comes_later(house: House) -> None:
    await hear(house, did(TEXT, "KATIL"), did(CHOICE, payload="lang:en"))
    said = await hear(
        house, did(TEXT, "DUR", phone="+905321234567", language="tr"), did(TEXT, "KATIL")
    )
    assert said.startswith("Welcome, Ada. ")
    assert (await person(house)).language_by == "chosen"


async def test_a_guess_is_replaced_by_a_better_one_and_not_by_a_worse(house: House) -> None:
    await hear(house, did(TEXT, "hi"))
    assert (await person(house)).language_by == "house"
    await hear(house, did(TEXT, "hi", phone="+905321234567"))
    assert (await person(house)).language == "tr"
    await hear(house, did(TEXT, "hi", language="en"))
    assert (await person(house)).language == "en"
    await hear(house, did(TEXT, "EVET"), did(TEXT, "hi", language="en"))
    assert (await person(house)).language == "tr"


async def test_who_was_known_before_it_was_noted_keeps_their_language(house: House) -> None:
    await hear(house, did(TEXT, "JOIN"))
    async with house.store.write() as session:
        (await session.scalars(select(Subscriber))).one().language_by = ""
    await hear(house, did(TEXT, "KATIL", phone="+905321234567", language="tr"))
    assert (await person(house)).language == "en"


async def test_a_list_says_a_language_but_not_to_who_chose_one(house: House) -> None:
    line = Line("whatsapp", ("5",), language="tr")

    async def imported() -> Subscriber:
        async with house.store.write() as session:
            await import_people.take(session, [line], "en")
        return await person(house)

    await hear(house, did(TEXT, "hi", language="en"))
    assert (await imported()).language == "tr"
    await hear(house, did(CHOICE, payload="lang:en"))
    assert (await imported()).language == "en"


@pytest.mark.parametrize(
    ("told", "phone", "reads", "by"),
    [
        ("", "+905321234567", "tr", "number"), ("en", "+905321234567", "en", "import"),
        ("", "+4915112345678", "en", "house"), ("", "", "en", "house"),
    ],
)  # fmt: skip
async def test_a_list_without_languages_is_read_by_its_numbers(
    house: House, told: str, phone: str, reads: str, by: str
) -> None:
    line = Line("whatsapp", ("5",), phone=phone, language=told, consent="opted_in")
    async with house.store.write() as session:
        await import_people.take(session, [line, line], "en")
    known = await person(house)
    assert (known.language, known.language_by) == (reads, by)


# What nobody reads


@pytest.mark.parametrize(
    ("text", "wants"),
    [
        ("", Talk.NOTHING), ("👍", Talk.NOTHING), ("🙏🙏🙏", Talk.NOTHING), ("...", Talk.NOTHING),
        ("Thanks!", Talk.NOTHING), ("thank you so much", Talk.NOTHING), ("ok 👍", Talk.NOTHING),
        ("Çok teşekkür ederim", Talk.NOTHING), ("Sağ olun", Talk.HELLO), ("sağolun", Talk.NOTHING),
        ("Allah razı olsun", Talk.HELLO), ("Tamam, teşekkürler", Talk.NOTHING),
        ("İyi günler", Talk.NOTHING), ("Спасибо большое", Talk.NOTHING), ("شكرا جزيلا", Talk.NOTHING),
        ("ok?", Talk.QUESTION), ("?", Talk.HELLO), ("hello", Talk.HELLO), ("merhaba", Talk.HELLO),
        ("info", Talk.HELLO), ("bilgi", Talk.HELLO),
        ("When is the water back?", Talk.QUESTION), ("su?", Talk.QUESTION), ("متى؟", Talk.QUESTION),
        ("our street has no water since yesterday", Talk.QUESTION),
        ("Bizim mahallede hâlâ su yok", Talk.QUESTION),
        ("thanks but the water is still off", Talk.QUESTION),
    ],
)  # fmt: skip
def test_what_a_message_wants(text: str, wants: Talk) -> None:
    assert talk(text) is wants


async def test_a_question_is_told_that_nobody_reads_here_and_where_to_write(house: House) -> None:
    await hear(house, did(TEXT, "JOIN"))
    said = await hear(house, did(TEXT, "When is the water back in Oak Street?"))
    assert "Nobody reads what is written here. Please write to info@town.example." in said
    assert "STOP" in said and "Would you like" not in said


async def test_without_a_contact_it_is_still_honest(tmp_path: Path) -> None:
    house = await House(tmp_path, sender_name="Town Hall").open()
    await hear(house, did(TEXT, "KATIL"))
    said = await hear(house, did(TEXT, "Sular ne zaman gelecek acaba?"))
    assert "okumuyor" in said and "{" not in said
    await house.store.close()


async def test_a_strangers_question_is_answered_and_they_are_invited_once(house: House) -> None:
    first = await hear(house, did(TEXT, "When is the water back?"))
    assert "info@town.example" in first and "Would you like to receive them?" in first
    again = await hear(house, did(TEXT, "Hello? Is nobody there?"))
    assert "info@town.example" in again and "Would you like" not in again
    assert "JOIN" in again
    async with house.store.read() as session:
        shown = list(await session.scalars(select(ConsentEvent)))
    assert [event.kind for event in shown] == ["shown"]
    assert (await hear(house, did(TEXT, "JOIN"))).startswith("Welcome, Ada. ")


async def test_the_invitation_comes_again_after_some_days(house: House) -> None:
    await hear(house, did(TEXT, "hello"))
    assert "Would you like" not in await hear(house, did(TEXT, "hello again"))
    house.now += timedelta(days=4)
    assert "Would you like to receive them?" in await hear(house, did(TEXT, "hello"))


@pytest.mark.parametrize("words", ["Thanks", "👍", "", "Tamam, teşekkürler", "ok"])
async def test_thanks_emoji_and_stickers_are_left_alone(house: House, words: str) -> None:
    invited = await hear(house, did(TEXT, words))
    assert "Would you like" in invited, "of a stranger it may be the first thing they try"
    assert await hear(house, did(TEXT, words)) == ""
    await hear(house, did(TEXT, "JOIN"))
    assert await hear(house, did(TEXT, words)) == ""
    await hear(house, did(TEXT, "STOP"))
    assert await hear(house, did(TEXT, words)) == ""
    house.now += timedelta(days=30)
    assert await hear(house, did(TEXT, words)) == "", "who left is not courted"


async def test_another_machine_is_not_talked_to_for_ever(house: House) -> None:
    await hear(house, did(TEXT, "JOIN"))
    auto = "We are closed now. Your message is important to us and we answer on Monday."
    said = [await hear(house, did(TEXT, auto)) for _ in range(20)]
    assert sum(map(bool, said)) == replies.MOST_A_DAY
    assert (await hear(house, did(COMMAND, "help"))) != "", "who asks by a command is answered"
    assert (await hear(house, did(TEXT, "STOP"))).startswith("Done.")
    house.now += timedelta(days=1, minutes=1)
    assert await hear(house, did(TEXT, auto))


@pytest.mark.parametrize(
    ("first", "auto"),
    [
        ("JOIN", "JOIN"),
        ("STOP", "Unsubscribe"),
        ("STOP", "Please stop texting me."),
        ("hello", "Stop or not?"),
        ("STOP", "no"),
    ],
)
async def test_nor_where_its_words_mean_something_to_us(
    house: House, first: str, auto: str
) -> None:
    await hear(house, did(TEXT, first))
    said = [await hear(house, did(TEXT, auto)) for _ in range(20)]
    assert sum(map(bool, said)) <= replies.MOST_A_DAY


async def test_what_changes_something_is_answered_however_often(house: House) -> None:
    for _ in range(5):
        assert (await hear(house, did(TEXT, "JOIN"))).startswith("Welcome")
        assert (await hear(house, did(TEXT, "STOP"))).startswith("Done")


async def test_the_days_answers_are_counted_for_the_person_wherever_they_write(
    house: House,
) -> None:
    known = {"phone": "+905321234567"}
    heard = [
        await hear(house, did(TEXT, "is anybody there?", address=where, **known))
        for where in ("905321234567", "TR.1", "905321234567", "TR.1", "TR.1")
    ]
    assert sum(map(bool, heard)) == replies.MOST_A_DAY
