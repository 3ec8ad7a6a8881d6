"""files.*: the upload in three steps (docs.slack.dev: files.getUploadURLExternal)."""

from __future__ import annotations

import re

from sandbox.slack.errors import SlackError, invalid_arguments
from sandbox.slack.files import File, describe, places
from sandbox.slack.methods import Call, method
from sandbox.slack.workspace import Conversation, Json
from sandbox.slack.writing import check_writable, content_of

ALT_MAX, CHANNELS_MAX = 1000, 100
_PLACE = re.compile("[CGDZ][A-Z0-9]{8,}")  # slackapi/bolt-js issue 2115, as Slack words it


@method("files.getUploadURLExternal")
def get_upload_url(call: Call) -> Json:
    """Step one: a place for so many bytes."""
    platform = call.platform
    length = call.args["length"]
    if length < 1:
        raise invalid_arguments("must be greater than 0 [json-pointer:/length]")
    if len(call.text("alt_txt")) > ALT_MAX:
        raise SlackError("alt_txt_too_large")
    file = platform.files.new(call.text("filename"), platform.app.bot_user, length)
    file.alt = call.text("alt_txt")
    key = platform.files.upload_key(file)
    return {"upload_url": f"{platform.url}/slack/upload/{key}", "file_id": file.id}


@method("files.completeUploadExternal")
def complete_upload(call: Call) -> Json:
    """Step three: gives titles and shares; without a channel the files stay private."""
    platform, given = call.platform, call.args["files"]
    if not isinstance(given, list) or not given:
        raise invalid_arguments("must be an array [json-pointer:/files]")
    files: list[File] = []
    for number, entry in enumerate(given):
        file = platform.files.get(str(entry.get("id"))) if isinstance(entry, dict) else None
        if file is None or file.data is None or file.completed:
            raise SlackError(
                "file_not_found", f"[ERROR] file_not_found [json-pointer:/files/{number}]"
            )
        file.title = str(entry.get("title") or file.name)
        files.append(file)
    channels = _channels(call)
    for channel in channels:
        check_writable(platform, channel)
    for file in files:
        platform.files.complete(file)
    # Slack shares a little later: the answer does not tell the message, files.info does.
    answer = {"files": [describe(file, platform.url) | places(file) for file in files]}
    for channel in channels:
        _share(call, channel, files)
    return answer


def _channels(call: Call) -> list[Conversation]:
    """`channel_id` is a conversation's own id; `channels` takes people too."""
    platform, one = call.platform, call.text("channel_id")
    if one and not _PLACE.fullmatch(one):
        raise invalid_arguments(
            f"input must match regex pattern: ^{_PLACE.pattern}$ [json-pointer:/channel_id]"
        )
    named = [channel for channel in (one, *call.text("channels").split(",")) if channel]
    if len(named) > CHANNELS_MAX:
        raise SlackError("channels_limit_exceeded")
    people = platform.workspace.members
    return [
        platform.workspace.direct(place) if place in people else platform.conversation(place)
        for place in named
    ]


def _share(call: Call, channel: Conversation, files: list[File]) -> None:
    platform = call.platform
    content: Json = {"text": call.text("initial_comment")}
    if call.args.get("blocks") and not content["text"]:  # beside a comment they are ignored
        content = content_of(platform, {"blocks": call.args["blocks"]})
    content["thread_ts"] = call.text("thread_ts") or None
    content["upload"] = True
    content["files"] = [describe(file, platform.url) for file in files]
    message = platform.post(channel, platform.by_bot(content))
    for file in files:
        platform.files.share(file.id, channel.id, message["ts"])


@method("files.info")
def files_info(call: Call) -> Json:
    """One file; where it was shared stands in `shares`."""
    file = call.platform.files.get(call.text("file"))
    if file is None or not file.completed:
        raise SlackError("file_not_found")
    if file.deleted:
        raise SlackError("file_deleted")
    shown = describe(file, call.platform.url) | places(file)
    if call.platform.files.in_work(file):
        shown |= {"mimetype": "", "filetype": "", "pretty_type": ""}
    paging = {"count": 0, "total": 0, "page": 1, "pages": 0}
    return {"file": shown, "comments": [], "paging": paging}
