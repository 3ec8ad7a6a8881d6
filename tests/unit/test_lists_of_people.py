"""A list of people is taken as a spreadsheet writes it; what cannot be taken is kept whole."""

from __future__ import annotations

import csv
import io
import os
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot import import_export, import_line
from bot.spreadsheet import WrongFile
from bot.spreadsheet.encoding import Unclear, encoding_of
from bot.spreadsheet.formula import harmless, original
from bot.spreadsheet.lines import Sheet
from broadcast.account_key import AccountKey

HEADER = "channel,address,name,language,timezone,consent,source"
ALI = "telegram,1001,Ali,tr,Europe/Istanbul,opted_in,fair"
VELI = "telegram,1002,Veli,,,opted_out,letter"


def read(content: str | bytes, country: str = "") -> tuple[list[dict[str, str]], list[str]]:
    """(values of the lines that are taken, why the others are not)."""
    text = content if isinstance(content, str) else content.decode()
    sheet = Sheet(io.StringIO(text, newline=""), import_line.channel_names())
    taken, rejected = [], []
    for line in sheet:
        try:
            values = import_line.values_of(line)
            import_line.check(values, import_line.House(country))
            taken.append(values)
        except import_line.BadLine as why:
            rejected.append(f"{line.number}: {why}")
    return taken, rejected


def addresses(content: str, country: str = "") -> list[str]:
    taken, rejected = read(content, country)
    assert not rejected
    return [values["address"] for values in taken]


@pytest.mark.parametrize(
    "content",
    [
        f"{HEADER}\n{ALI}\n{VELI}\n",
        f"{HEADER}\r\n{ALI}\r\n{VELI}\r\n",
        f"{HEADER}\r{ALI}\r{VELI}\r",
        f"{HEADER}\n{ALI}\n{VELI}",  # no last line end
        f"{HEADER}\n{ALI}\n{VELI}\n".replace(",", ";"),
        f"{HEADER}\n{ALI}\n{VELI}\n".replace(",", "\t"),
        f"{HEADER}\n{ALI}\n{VELI}\n".replace(",", "|"),
        f"sep=;\n{HEADER}\n{ALI}\n{VELI}\n".replace(",", ";"),
        f'"sep=,"\n{HEADER}\n{ALI}\n{VELI}\n',
        f"SEP=\t\n{HEADER}\n{ALI}\n{VELI}\n".replace(",", "\t"),
        f"sep=^\n{HEADER}\n{ALI}\n{VELI}\n".replace(",", "^"),
        f"\n,,,\n{HEADER}\n\n{ALI}\n,,,,,,\n   \n{VELI}\n,,\n\n",  # blank rows everywhere
        f"{HEADER},,\n{ALI},,\n{VELI}, ,\n",  # empty columns at the end
        f",{HEADER}\n,{ALI}\n,{VELI}\n",  # and at the beginning
        "\n".join(
            ",".join(f'"{cell}"' for cell in line.split(",")) for line in (HEADER, ALI, VELI)
        ),
        f"Kanal;ADRES;İsim;Dil;Saat Dilimi;Onay Durumu;Kaynağı\n{ALI}\n{VELI}\n".replace(
            ",", ";"
        ).replace("Kaynağı", "Kaynak"),
        f"CHANNEL,Chat ID,Full Name,Lang,Time-Zone,Opt In,Consent source\n{ALI}\n{VELI}\n",
        f"platform,kullanıcı id,AD SOYAD,DİLİ,saat_dilimi,RIZA,Rıza Kaynağı\n{ALI}\n{VELI}\n",
        "\n".join(" , ".join(f'"{c}"' for c in line.split(",")) for line in (HEADER, ALI, VELI)),
        f"{HEADER}   \n{ALI}   \n{VELI}\n\x1a".replace(",", "   ,  "),
        f"{HEADER}\n{ALI}\n{VELI}\n".replace("telegram", " Telegram ").replace("opted_", "Opted "),
    ],
)
def test_every_usual_way_to_write_a_list_is_taken(content: str) -> None:
    taken, rejected = read(content)
    assert not rejected
    assert [(v["channel"], v["address"], v["name"], v["consent"], v["source"]) for v in taken] == [
        ("telegram", "1001", "Ali", "opted_in", "fair"),
        ("telegram", "1002", "Veli", "opted_out", "letter"),
    ]
    assert taken[0]["timezone"] == "Europe/Istanbul" and taken[0]["language"] == "tr"


@pytest.mark.parametrize(
    ("content", "seen"),
    [
        ("ad;soyad;telefon\nA;B;1\n", "Seen, separated by ';': 'ad', 'soyad', 'telefon'"),
        ("name\nx\n", "missing: channel, address. Seen, separated by ',': 'name'"),
        ("telegram,1,Ali\n", "'telegram', '1', 'Ali'"),
        ('"channel,address,name"\n"telegram,1,Ali"\n', "'channel,address,name'"),
        ("", "Seen, separated by ',': nothing"),
        ("channel,address,shoe size\n", "Unknown columns: shoe size"),
        ("channel,address,Telefon\n", "Several columns for address: address, Telefon"),
    ],
)
def test_another_file_is_refused_in_one_sentence_that_says_what_was_seen(
    content: str, seen: str
) -> None:
    with pytest.raises(WrongFile) as refused:
        read(content)
    assert seen in str(refused.value) and "\n" not in str(refused.value)


STRAY = "a quotation mark is opened and not closed on this line"


@pytest.mark.parametrize(
    ("lines", "taken", "rejected"),
    [
        (['telegram,1,"Ali', "telegram,2,V", "telegram,3,C"], ["2", "3"], ["2"]),
        (["telegram,2,V", 'telegram,1,"Ali'], ["2"], ["3"]),
        (['telegram,1,"Ali', 'telegram,2,"Veli', "telegram,3,C"], ["3"], ["2", "3"]),
        (['telegram,1,"Ali', 'telegram,2,"Veli"', "telegram,3,C"], ["2", "3"], ["2"]),
        (['telegram,1,"Ali', "telegram,2,V", 'telegram,3,Can"', "telegram,4,E"], ["4"],
         ["2", "3", "4"]),  # one cell, or three people? Nobody knows: all three are kept
        (['telegram,"1,Ali'] + [f"telegram,{n},V" for n in range(10, 200)],
         [str(n) for n in range(10, 200)], ["2"]),
        (['telegram,1,Ali "Bey" Kaya', "telegram,2,5' 10\""], ["1", "2"], []),
        (['telegram,1,"Ali" Bey', "telegram,2,V"], ["2"], ["2"]),
        (['telegram,1,"Ali \\"Can\\" Bey"', "telegram,2,V"], ["2"], ["2"]),
        (['telegram,1,"Ali\nVeli, ""Can""\n"', "telegram,2,V"], ["1", "2"], []),  # one name
    ],
)  # fmt: skip
def test_a_quotation_mark_nobody_closed_swallows_nobody(
    lines: list[str], taken: list[str], rejected: list[str]
) -> None:
    good, bad = read("\n".join(["channel,address,name", *lines]) + "\n")
    assert [values["address"] for values in good] == taken
    assert [why.partition(":")[0] for why in bad] == rejected


def test_many_open_marks_do_not_make_reading_slow() -> None:
    lines = [f'telegram,{n},"Ali' for n in range(1, 20_001)]
    good, bad = read("\n".join(["channel,address,name", *lines]))
    assert len(good) + len(bad) == 20_000


@pytest.mark.parametrize(
    ("language", "kept", "refused"),
    [
        ("TR", "tr", False), ("tr-TR", "tr", False), ("tr_TR", "tr", False),
        ("Türkçe", "tr", False), ("Turkish", "tr", False), ("EN-us", "en", False),
        ("de", "", False), ("Almanca", "", False), ("pt-BR", "", False),
        ("xx", "", True), ("??", "", True),
    ],
)  # fmt: skip
def test_an_unknown_language_rejects_no_opt_out_and_a_real_one_nobody(
    language: str, kept: str, refused: bool
) -> None:
    line = f"telegram,1,Ali,{language},Mars/Olympus,opted_out,letter"
    (values,), none = read(f"{HEADER}\n{line}\n")
    assert (values["consent"], values["language"], values["timezone"]) == ("opted_out", kept, "")
    taken, rejected = read(f"{HEADER}\ntelegram,1,Ali,{language},,opted_in,fair\n")
    assert bool(rejected) is refused
    if not refused:
        assert taken[0]["language"] == kept


@pytest.mark.parametrize("zone", ["Mars/Olympus", "Europe/", "🙂", "GMT+3+4", "../etc/passwd"])
def test_an_unknown_zone_is_refused_where_it_can_be_mended(zone: str) -> None:
    taken, rejected = read(f"{HEADER}\ntelegram,1,Ali,,{zone},opted_in,fair\n")
    assert not taken and "is not a time zone" in rejected[0]
    assert (
        read(f"{HEADER}\ntelegram,1,A,,europe/istanbul,,\n")[0][0]["timezone"] == "Europe/Istanbul"
    )


@pytest.mark.parametrize("moment", ["yesterday", "9999-12-31", "0001-01-01T00:00+14:00", "5"])
def test_a_moment_that_cannot_be_rejects_no_opt_out(moment: str) -> None:
    head = "channel,address,consent,source,consent_at\n"
    assert read(f"{head}telegram,1,opted_in,fair,{moment}\n")[1]
    (values,), none = read(f"{head}telegram,1,opted_out,letter,{moment}\n")
    assert values["consent_at"] == "" and not none


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("\u202a1001\u202c", "1001"), ("1001\ufeff", "1001"), ("\u200b1\u200d001", "1001"),
        ("1001.0", "1001"), ("'1001", "1001"), ("\u00a01001 ", "1001"), ("١٠٠١", "1001"),
        ("-1001234567890", "-1001234567890"), ("5.12346E+09", None), ("@ali", None),
        ("+905321234567", None), ("0", None), ("1_000", None), ("1,001", None), ("1e3", None),
        ("12 34", None), ("4503599627370496", None), ("Ali", None), ("1001x", None),
    ],
)  # fmt: skip
def test_a_telegram_address_is_a_number_and_nothing_invisible(
    written: str, kept: str | None
) -> None:
    taken, rejected = read(f'channel;address\ntelegram;"{written}"\n')
    assert [v["address"] for v in taken] == ([kept] if kept else [])
    assert len(rejected) == (0 if kept else 1)


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32"]
)
async def test_unicode_is_told_by_itself(tmp_path: Path, encoding: str) -> None:
    file, url = tmp_path / "p.csv", f"sqlite+aiosqlite:///{tmp_path}/t.db"
    file.write_bytes(f"{HEADER}\n{ALI}\n".replace("Ali", "Şükrü Ğ").encode(encoding))
    done = await import_export.import_file(url, file)
    assert done.taken == 1 and (await people(url))[0]["name"] == "Şükrü Ğ"


async def test_another_encoding_is_asked_for_with_names_to_look_at(tmp_path: Path) -> None:
    file, url = tmp_path / "p.csv", f"sqlite+aiosqlite:///{tmp_path}/t.db"
    names = ["Şükrü Yıldız", "Ayşegül Çağlar", "Işıl Gümüş"]
    lines = [f"telegram;{n};{name}" for n, name in enumerate(names, 1)]
    file.write_bytes("\r\n".join(["channel;address;name", *lines]).encode("cp1254"))
    with pytest.raises(Unclear) as asked:
        await import_export.import_file(url, file)
    first = asked.value.candidates[0]
    assert first.encoding == "cp1254" and set(first.tastes) == set(names)
    assert "--encoding" in str(asked.value) and "t.db" not in os.listdir(tmp_path)
    done = await import_export.import_file(url, file, encoding="cp1254")
    assert done.taken == 3 and [p["name"] for p in await people(url)] == names
    for wrong in ("utf-8", "nonsense", "base64", "utf-16"):
        with pytest.raises(WrongFile):
            await import_export.import_file(url, file, encoding=wrong)


def test_an_encoding_nobody_knows_is_no_traceback(tmp_path: Path) -> None:
    file = tmp_path / "p.csv"
    file.write_bytes(bytes(range(1, 256)) * 20)
    with pytest.raises(WrongFile):
        encoding_of(file)


@pytest.mark.parametrize("content", [b"PK\x03\x04workbook", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1old"])
async def test_a_workbook_is_named_as_what_it_is(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "people.csv"
    file.write_bytes(content)
    with pytest.raises(WrongFile, match="save it as CSV"):
        await import_export.import_file(f"sqlite+aiosqlite:///{tmp_path}/t.db", file)


async def people(url: str) -> list[dict[str, str]]:
    out = io.StringIO()
    await import_export.export(url, "subscribers", out)
    return list(csv.DictReader(io.StringIO(out.getvalue(), newline="")))


async def test_every_rejected_line_is_kept_whole_and_mended_there(tmp_path: Path) -> None:
    url = f"sqlite+aiosqlite:///{tmp_path}/t.db"
    file = tmp_path / "people.csv"
    bad = ["telegram;7001;Yılmaz; Ali;tr;;opted_in;fair", 'telegram;7002;"Veli;tr;;opted_in;fair',
           "pigeon;7003;Can;tr;;opted_in;fair"]  # fmt: skip
    good = "telegram;7004;Ece;tr;;opted_in;fair"
    file.write_text("\r\n".join([HEADER.replace(",", ";"), *bad, good, ""]), encoding="utf-8-sig")
    done = await import_export.import_file(url, file)
    assert (done.lines, done.taken, done.rejected_count, len(done.people)) == (4, 1, 3, 1)
    kept = done.rejected_file.read_text(encoding="utf-8-sig")
    assert done.rejected_file.name == "people.rejected.csv"
    assert all(line in kept for line in bad) and good not in kept
    whole = zip(kept.splitlines(), ["why;" + HEADER.replace(",", ";"), *bad], strict=True)
    assert all(line.endswith(raw) for line, raw in whole)
    assert done.rejected_file.stat().st_mode & 0o777 == 0o600

    again = await import_export.import_file(url, file)
    assert again.rejected_file.name == "people.rejected-2.csv"
    assert done.rejected_file.read_text(encoding="utf-8-sig") == kept  # the old one is as it was

    mended = kept.replace("Yılmaz; Ali", "Yılmaz Ali").replace('"Veli', "Veli")
    done.rejected_file.write_text(mended, encoding="utf-8-sig")
    then = await import_export.import_file(url, done.rejected_file)
    assert (then.taken, then.rejected_count) == (2, 1)
    assert then.rejected_file.name == "people.rejected-3.csv"
    left = then.rejected_file.read_text(encoding="utf-8-sig").splitlines()
    assert len(left) == 2 and left[1].endswith(";" + bad[2]) and left[0].count("why") == 1


async def test_counts_are_of_lines_and_of_people(tmp_path: Path) -> None:
    url, file = f"sqlite+aiosqlite:///{tmp_path}/t.db", tmp_path / "p.csv"
    file.write_text(
        f"{HEADER}\n{ALI}\n{ALI}\n\n{VELI}\n{VELI.replace('opted_out', 'opted_in')}\nx,1\n"
    )
    done = await import_export.import_file(url, file)
    assert (done.lines, done.taken, done.kept_out, done.rejected_count) == (5, 3, 1, 1)
    assert len(done.people) == 2


TRICKS = [
    "=1+1", "\n=1", "\t=1", "\r=1", " =1", "\u3000=1", "\ufeff=1", "＝1", "＋1", "－1", "＠x", "-1+2",
    "+cmd|' /C calc'!A0", "@SUM(1)", "'=1", '"=1', "''=1", "Ali;=1", "Ali\t@x", "a\n=b", "a|-b",
    "\u200b=1", "\x00=1", "−1", "﹣1", "; \t=1", "“=1”", "x\r\n\r\n=1",
]  # fmt: skip


@pytest.mark.parametrize("text", TRICKS)
def test_no_spelling_of_a_formula_begins_a_cell(text: str) -> None:
    written = harmless(text)
    assert written != text and original(written) == text
    for mark in ";\t|\n\r":
        for cell in written.split(mark):
            bare = cell.strip(' \t\r\n\x00"“”\u3000\ufeff\u200b')
            assert bare[:1] not in set("=+-@＝＋－＠−﹣")


@pytest.mark.parametrize(
    "text", ["+905321234567", "-1001234567890", "Ali-Can", "a=b", "O'Neil", "'90s"]
)
def test_numbers_and_plain_words_are_written_as_they_are(text: str) -> None:
    assert harmless(text) == original(text) == text


@given(st.text(st.sampled_from("=+-@'\" ;\t|\n\rab＝1\u200b"), max_size=12) | st.text(max_size=30))
@settings(deadline=None)
def test_whatever_is_written_harmless_is_read_back(text: str) -> None:
    assert original(harmless(text)) == text
    assert harmless(original(harmless(text))) == harmless(text)


async def test_its_own_export_is_imported_as_it_was(tmp_path: Path) -> None:
    url, file = f"sqlite+aiosqlite:///{tmp_path}/t.db", tmp_path / "p.csv"
    with file.open("w", encoding="utf-8", newline="") as opened:
        writer = csv.writer(opened)
        writer.writerow((*HEADER.split(","), "consent_at", "suppressed", "account"))
        for number, trick in enumerate(
            TRICKS + ["Ali\nVeli", 'Ali "Can"', "Yılmaz; Ali", "-", ""], 1
        ):
            name = trick.strip()
            writer.writerow(("telegram", number, harmless(name), "tr", "Europe/Istanbul", "opted_in",
                             "fair 2026", "2026-01-05T10:00:00+00:00", ""))  # fmt: skip
        writer.writerow(("telegram", 900, "Left", "en", "", "opted_out", "letter", "", ""))
        writer.writerow(("telegram", 901, "Gone", "en", "", "opted_in", "web", "", "blocked"))
        writer.writerow(("telegram", 902, "News", "en", "", "opted_in", "web", "", "", "news"))
        for number in ("+13125550123", "+4915123456789", "+905321234567", "+552187654321"):
            writer.writerow(("whatsapp", number, "", "en", "", "", "", "", ""))
    house = import_line.House(accounts=frozenset({AccountKey("telegram", "news")}))
    done = await import_export.import_file(url, file, house=house)
    assert not done.rejected
    before = await people(url)
    assert before[0] | {"name": "", "address": ""} == {
        "channel": "telegram", "address": "", "name": "", "language": "tr", "account": "",
        "timezone": "Europe/Istanbul", "consent": "opted_in", "source": "import: fair 2026",
        "consent_at": "2026-01-05T10:00:00+00:00", "suppressed": "",
    }  # fmt: skip

    out, other = tmp_path / "out.csv", f"sqlite+aiosqlite:///{tmp_path}/other.db"
    with out.open("w", encoding="utf-8", newline="") as opened:
        await import_export.export(url, "subscribers", opened)
    done = await import_export.import_file(other, out, house=house)
    assert not done.rejected and done.lines == len(before)
    assert await people(other) == before
    done = await import_export.import_file(other, out)
    assert [why for _, why in done.rejected] == [
        "telegram has no account 'news' here: set it up first"
    ]


async def test_the_ledger_says_where_an_opt_in_of_the_chat_came_from(tmp_path: Path) -> None:
    from broadcast.clock import utc_now
    from broadcast.models import Address, ConsentEvent, Subscriber
    from broadcast.store.migrate import upgrade
    from broadcast.store.session import Store

    url = f"sqlite+aiosqlite:///{tmp_path}/t.db"
    await upgrade(url)
    store = Store(url)
    async with store.write() as session:
        for number, (how, source) in enumerate(
            [("button", "poster-3"), ("word", ""), (None, "")], 1
        ):
            session.add(Subscriber(subscriber_id=number, created_at=utc_now()))
            await session.flush()
            session.add(Address(address_id=number, subscriber_id=number, channel="telegram",
                                value=str(number), consent="opted_in"))  # fmt: skip
            await session.flush()
            if how is not None:
                kept: dict[str, Any] = {
                    "address_id": number,
                    "channel": "telegram",
                    "at": utc_now(),
                }
                session.add(ConsentEvent(**kept, kind="opt_in", how=how, source=source))
    await store.close()
    rows = await people(url)
    assert [row["source"] for row in rows] == ["poster-3", "word", "not recorded"]
    assert [bool(row["consent_at"]) for row in rows] == [True, True, False]


_LINES = st.lists(
    st.text(st.sampled_from("telgram,\"1; \tA'="), max_size=14)
    | st.sampled_from(['telegram,1,"A', 'telegram,2,B"', "telegram,3,C", '"', '",', 'x,"y"z"']),
    max_size=12,
)


@given(_LINES, st.sampled_from(["\n", "\r\n"]))
@settings(deadline=None)
def test_whatever_stands_in_a_file_every_line_of_it_is_somewhere(
    lines: list[str], ending: str
) -> None:
    text = ending.join(["channel,address,name", *lines]) + ending
    sheet = Sheet(io.StringIO(text, newline=""), import_line.channel_names())
    found = [physical for line in sheet for physical in line.raw.splitlines()]
    blank = [line for line in lines if not line.replace('"', "").strip(", ;\t")]
    assert [line for line in lines if line not in blank] == [f for f in found if f not in blank]
