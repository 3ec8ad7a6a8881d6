"""Codes and links that outlive their reason: old claims, kept invitations, links opened by others."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path

import pytest

from bot.owner_claim import NO_OWNER
from lab.processes import claim_code
from tests.attacks.stage import APPROVER, AUTHOR, OWNER, TEAM, Town, last, town

pytestmark = [pytest.mark.chaos, pytest.mark.timeout(300)]
STRANGER = 7009


async def sends(here: Town, person: int, text: str) -> str:
    """Say it, and the bot's answer to it."""
    before = len(await here.said(person))
    await here.ask("say", person=person, text=text)

    async def answered() -> str:
        return "\n".join((await here.said(person))[before:])

    return str(await here.until(f"an answer to {text!r}", answered))


async def answers(here: Town, person: int, text: str, words: str) -> None:
    """Say it, and wait for these words, whatever else is told meanwhile."""
    before = len(await here.said(person))
    await here.ask("say", person=person, text=text)

    async def answered() -> bool:
        return words in "\n".join((await here.said(person))[before:])

    await here.until(f"{words!r} after {text!r}", answered)


async def reads(here: Town, person: int, pattern: str) -> re.Match[str]:
    return await here.see(person, f"{pattern!r}", pattern)


async def invited(here: Town, by: int, role: str) -> str:
    before = len(await here.said(by))
    await here.ask("say", person=by, text=f"/invite {role}")

    async def code() -> str:
        found = re.search(r"invite-[\w-]+", "\n".join((await here.said(by))[before:]))
        return found[0] if found else ""

    return str(await here.until("an invitation", code))


async def joins(here: Town, person: int, role: str, by: int = OWNER) -> int:
    """In by an invitation; the admin's number."""
    await answers(here, person, f"/start {await invited(here, by, role)}", "Welcome")
    return number(here, person)


def number(here: Town, person: int) -> int:
    sql = "SELECT admin_id FROM admin_identity WHERE user_id = ?"
    return int(here.value(sql, str(person)))


def standing(here: Town, person: int) -> str:
    """Role of an account that works, else an empty string."""
    sql = (
        "SELECT a.role FROM admin a JOIN admin_identity i ON i.admin_id = a.admin_id "
        "WHERE i.user_id = ? AND a.active AND i.active"
    )
    return str(here.value(sql, str(person)) or "")


def owners(here: Town) -> int:
    sql = (
        "SELECT count(DISTINCT a.admin_id) FROM admin a JOIN admin_identity i "
        "ON i.admin_id = a.admin_id WHERE a.role = 'owner' AND a.active AND i.active"
    )
    return int(here.value(sql))


async def stranger(here: Town) -> None:
    await here.ask("people", id=STRANGER, name="Mallory", language="en")
    await here.ask("start", people=[STRANGER])


async def test_a_claim_code_from_before_makes_nobody_an_owner(tmp_path: Path) -> None:
    async with town(tmp_path, people=0, team=False, TELLAL_OWNERS="") as here:
        await stranger(here)
        assert here.product is not None
        assert NO_OWNER in here.product.output
        assert "claim-" not in here.product.output, "a log would keep it"
        first = await claim_code(here.folder, here.environment())
        second = await claim_code(here.folder, here.environment())
        assert first and second and first != second
        await answers(here, STRANGER, f"/start claim-{first}", "no longer works")
        await answers(here, OWNER, f"/start claim-{second}", "Your role: owner")
        for code in (first, second):
            await answers(here, STRANGER, f"/start claim-{code}", "no longer works")
        assert await claim_code(here.folder, here.environment()) == "", "there is an owner"
        await here.restart()
        assert NO_OWNER not in here.product.output
        assert standing(here, STRANGER) == "" and owners(here) == 1
        await reads(here, OWNER, "3 wrong codes in a row came from Mallory")
        kept = "".join(str(row) for row in here.query("SELECT * FROM audit"))
        assert second not in kept


async def test_a_claim_code_is_not_made_for_a_log(tmp_path: Path) -> None:
    async with town(tmp_path, people=0, team=False, TELLAL_OWNERS="") as here:
        told = await here.run("claim")
        assert told.process.returncode == 2 and "claim-" not in told.output
        assert here.value("SELECT count(*) FROM invitation") == 0


async def test_who_was_removed_returns_by_no_invitation_from_before(tmp_path: Path) -> None:
    async with town(tmp_path, people=0, team=False) as here:
        await joins(here, APPROVER, "owner")
        gone = await joins(here, AUTHOR, "owner")
        await reads(here, OWNER, f"{TEAM[AUTHOR]} joined the team as owner")
        own = await invited(here, AUTHOR, "owner")
        kept = await invited(here, OWNER, "owner")
        handed_on = await invited(here, AUTHOR, "approver")
        await answers(here, OWNER, f"/remove {gone} now", "1 invitation is still open")
        await reads(here, AUTHOR, "has taken you out of this team")
        await reads(here, APPROVER, f"took {TEAM[AUTHOR]} .owner. out of the team")
        await answers(here, AUTHOR, f"/start {own}", "no longer works")
        await answers(here, AUTHOR, f"/start {kept}", "before you left")
        await stranger(here)
        await answers(here, STRANGER, f"/start {handed_on}", "no longer works")
        assert standing(here, AUTHOR) == standing(here, STRANGER) == ""
        shown = await sends(here, OWNER, "/invitations")
        assert f"owner, by {TEAM[OWNER]}" in shown and "invite-" not in shown
        await here.press(OWNER, "revoke")
        await reads(here, OWNER, "Taken back")
        await reads(here, APPROVER, "took back an open invitation")
        await answers(here, STRANGER, f"/start {kept}", "no longer works")
        await joins(here, AUTHOR, "author")
        assert standing(here, AUTHOR) == "author"
        await reads(here, APPROVER, f"{TEAM[AUTHOR]} joined the team as author")
        history = await sends(here, APPROVER, "/team history")
        for words in ("took Ece Kaya out", "invited somebody as owner", "joined as author"):
            assert words in history


async def test_a_code_changes_no_role_of_somebody_in_the_team(tmp_path: Path) -> None:
    async with town(tmp_path, people=0, team=False) as here:
        await joins(here, AUTHOR, "author")
        for role in ("owner", "approver"):
            code = await invited(here, OWNER, role)
            await answers(here, AUTHOR, f"/start {code}", "changes nobody's role")
        code = await invited(here, OWNER, "author")
        await answers(here, OWNER, f"/start {code}", "changes nobody's role")
        assert (standing(here, AUTHOR), standing(here, OWNER)) == ("author", "owner")


async def test_an_owner_who_opens_an_authors_link_stays_who_they_are(tmp_path: Path) -> None:
    async with town(tmp_path, people=0, team=False) as here:
        second = await joins(here, APPROVER, "owner")
        author = await joins(here, AUTHOR, "author")
        await sends(here, AUTHOR, "/link")
        code = last(r"link-\w{8}", await here.said(AUTHOR))[0]
        await answers(here, APPROVER, f"/start {code}", "Link this account to Ece Kaya?")
        await reads(here, APPROVER, "Your role changes: owner until now, author afterwards")
        assert standing(here, APPROVER) == "owner" and number(here, APPROVER) == second
        await here.press(APPROVER, f"link {code.removeprefix('link-')} no")
        await reads(here, APPROVER, "Nothing was linked")
        await sends(here, APPROVER, f"/start {code}")
        await here.press(APPROVER, f"link {code.removeprefix('link-')} yes")
        await reads(here, APPROVER, "Almost done")
        await reads(here, AUTHOR, "Is that you?")
        assert number(here, APPROVER) == second, "one yes is not enough"
        _, data = await here.button(AUTHOR, "link yes")
        await here.press(AUTHOR, "link no")
        await reads(here, APPROVER, "Ece Kaya said no")
        await answers(here, AUTHOR, data.replace("a:", "/"), "no longer open")
        assert number(here, APPROVER) == second and standing(here, APPROVER) == "owner"

        await sends(here, AUTHOR, "/link")
        other = last(r"link-\w{8}", await here.said(AUTHOR))[0]
        await sends(here, OWNER, f"/remove {author} now")
        await answers(here, APPROVER, f"/link {other}", "does not work")
        assert standing(here, APPROVER) == "owner"


async def test_both_say_yes_and_every_owner_hears_of_it(tmp_path: Path) -> None:
    async with town(tmp_path, people=0, team=False) as here:
        author = await joins(here, AUTHOR, "author")
        await joins(here, APPROVER, "approver")
        await sends(here, AUTHOR, "/link")
        code = last(r"link-\w{8}", await here.said(AUTHOR))[0]
        await sends(here, APPROVER, f"/start {code}")
        await here.press(APPROVER, "link")
        await here.press(AUTHOR, "link yes")
        await reads(here, APPROVER, "Done: you are Ece Kaya, author")
        await reads(here, OWNER, "are now one person, author")
        assert number(here, APPROVER) == author and standing(here, APPROVER) == "author"


async def test_who_guesses_codes_has_to_wait_and_the_owners_hear_of_it(tmp_path: Path) -> None:
    async with town(tmp_path, people=0, team=False) as here:
        await stranger(here)
        good = await invited(here, OWNER, "owner")
        for guess in range(4):
            answer = await sends(here, STRANGER, f"/start invite-guess{guess}")
            assert "no longer works" in answer
        await answers(here, STRANGER, "/start invite-guess5", "wait 15 minutes")
        await answers(here, STRANGER, f"/start {good}", "wait")
        before = len(await here.said(STRANGER))
        for guess in range(20):
            await here.ask("say", person=STRANGER, text=f"/start claim-guess{guess}")
        await sends(here, OWNER, "/status")
        await reads(here, OWNER, r"3 wrong codes in a row came from Mallory \(Telegram, 7009\)")
        told = [text for text in await here.said(OWNER) if "wrong codes" in text]
        assert len(told) == 1, "told, but not flooded"
        assert len(await here.said(STRANGER)) <= before + 1
        assert standing(here, STRANGER) == ""
        assert here.value("SELECT used_at FROM invitation") is None, "for whom it was meant"
        await answers(here, AUTHOR, f"/start {good}", "Welcome")


async def test_two_owners_who_remove_each_other_leave_one(tmp_path: Path) -> None:
    async with town(tmp_path, people=0, team=False) as here:
        for _ in range(5):
            stays, goes = (OWNER, AUTHOR) if standing(here, OWNER) else (AUTHOR, OWNER)
            await joins(here, goes, "owner", by=stays)
            here.freeze()
            await asyncio.gather(*(
                here.ask("say", person=one, text=f"/remove {number(here, other)} now")
                for one, other in ((stays, goes), (goes, stays))
            ))  # fmt: skip
            here.thaw()
            left = await here.until("a removal", lambda: one_left(here))
            assert left == 1
            await asyncio.sleep(0.5)  # whatever still waits has its turn
            assert owners(here) == 1


async def one_left(here: Town) -> int:
    return owners(here) if owners(here) < 2 else 0  # noqa: PLR2004


async def test_the_last_owner_cannot_step_down(tmp_path: Path) -> None:
    async with town(tmp_path, people=0, team=False) as here:
        me = number(here, OWNER)
        await answers(here, OWNER, f"/role {me} author now", "leave no owner")
        other = await joins(here, AUTHOR, "author")
        await answers(here, OWNER, f"/role {other} owner now", "has a new role: owner")
        await reads(here, AUTHOR, "you were author, you are now owner")
        await answers(here, OWNER, f"/role {me} author now", "has a new role: author")
        await reads(here, AUTHOR, "changed the role of Ayşe Yılmaz")
        assert (standing(here, OWNER), standing(here, AUTHOR)) == ("author", "owner")
        await answers(here, OWNER, f"/role {me} owner now", "Your role")
