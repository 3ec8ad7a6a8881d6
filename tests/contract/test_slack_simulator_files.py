"""Files in Slack: uploaded, chosen in a modal, fetched by whoever may."""

from __future__ import annotations

import pytest

from tests.contract.slack_wire import BOT, ECE, GENERAL, SlackWire, entry, modal


async def trigger(slack: SlackWire, user: str = ECE) -> str:
    async with slack.socket() as socket:
        await slack.do("command", user=user, wait=0)
        found: str = socket.envelopes[0]["payload"]["trigger_id"]
        return found


async def test_a_file_is_uploaded_whole_once_and_read_with_the_right_scope(
    slack: SlackWire,
) -> None:
    asked = await slack.call("files.getUploadURLExternal", filename="a.png", length=3)
    entry_ = {"files": [{"id": asked["file_id"], "title": "A"}], "channel_id": GENERAL}
    assert await slack.error("files.completeUploadExternal", **entry_) == "file_not_found"
    async with slack.http.post(asked["upload_url"], data=b"ab") as answer:
        assert answer.status == 400
    async with slack.http.post(asked["upload_url"], data=b"abc") as answer:
        assert (answer.status, await answer.text()) == (200, "OK - 3")
    await slack.call("files.completeUploadExternal", **entry_)
    assert await slack.error("files.completeUploadExternal", **entry_) == "file_not_found"
    picture = {"type": "image", "alt_text": "A", "slack_file": {"id": asked["file_id"]}}
    blocks = [picture]
    assert await slack.error("chat.postMessage", channel=GENERAL, blocks=blocks) == "invalid_blocks"
    assert not (await slack.call("files.info", file=asked["file_id"]))["file"]["mimetype"]
    await slack.do("clock", ahead=1)  # Slack has worked through it
    await slack.call("chat.postMessage", channel=GENERAL, blocks=[picture])
    picture["slack_file"] = {"id": "F0NONE"}
    assert await slack.error("chat.postMessage", channel=GENERAL, blocks=[picture]) == (
        "invalid_blocks"
    )
    file = (await slack.call("files.info", file=asked["file_id"]))["file"]

    async def read(**headers: str) -> tuple[int, str]:
        async with slack.http.get(file["url_private"], headers=headers) as answer:
            await answer.read()
            return answer.status, answer.content_type

    mine = {"Authorization": f"Bearer {BOT}"}
    assert await read(**mine) == (200, "image/png")
    assert await read() == (200, "text/html")  # a sign-in page, as Slack does
    await slack.do("scopes", remove=["files:read"])
    assert await read(**mine) == (200, "text/html")
    await slack.do("scopes", add=["files:read"])
    await slack.sandbox.do(
        "faults", kind="error", channel="slack", method="url_private", status=403, html=True
    )
    assert await read(**mine) == (403, "text/html")


async def test_a_file_in_a_modal(slack: SlackWire) -> None:
    element = {"type": "file_input", "action_id": "f", "filetypes": ["png"], "max_files": 1}
    view = modal(entry("Picture", "pic", element))
    await slack.call("views.open", trigger_id=await trigger(slack), view=view)
    with pytest.raises(ValueError, match="none of"):
        await slack.do("fill", user=ECE, values={"Picture": ["document"]})
    async with slack.socket() as socket:
        await slack.do("submit", user=ECE, values={"Picture": ["sea"]}, wait=0)
        (sent,) = socket.payloads("view_submission")
    (file,) = sent["view"]["state"]["values"]["pic"]["f"]["files"]
    assert (file["mimetype"], file["user"]) == ("image/png", ECE)


async def test_the_page_shows_files_as_a_persons_own_client_would(slack: SlackWire) -> None:
    said = await slack.do("say", user=ECE, place="general", files=["sea"])
    url = f"{slack.sandbox.url}/slack/peek/{said['files'][0]['id']}"
    async with slack.http.get(url) as answer:
        assert answer.content_type == "image/png"


async def test_a_file_is_shared_by_a_places_own_id_and_not_by_a_persons(slack: SlackWire) -> None:
    async def uploaded() -> list[dict[str, str]]:
        asked = await slack.call("files.getUploadURLExternal", filename="a.csv", length=3)
        async with slack.http.post(asked["upload_url"], data=b"abc") as answer:
            assert answer.status == 200
        return [{"id": asked["file_id"]}]

    files = await uploaded()
    complete = "files.completeUploadExternal"
    assert await slack.error(complete, files=files, channel_id=ECE) == "invalid_arguments"
    assert await slack.error(complete, files=files, channel_id="#general") == "invalid_arguments"
    assert await slack.error(complete, files=files, channel_id="D0NOBODYS") == "channel_not_found"
    direct = (await slack.call("conversations.open", users=ECE))["channel"]["id"]
    await slack.call(complete, files=files, channel_id=direct)
    await slack.call(complete, files=await uploaded(), channels=ECE)
    shown = await slack.do("messages", user=ECE)
    assert [m["files"][0]["name"] for m in shown if m.get("files")] == ["a.csv", "a.csv"]
    words = [{"type": "section", "text": {"type": "plain_text", "text": "blocks"}}]
    both = {"initial_comment": "words", "blocks": words}
    await slack.call(complete, files=await uploaded(), channel_id=direct, **both)
    last = (await slack.do("messages", user=ECE))[-1]
    assert last["text"] == "words" and not last.get("blocks")
