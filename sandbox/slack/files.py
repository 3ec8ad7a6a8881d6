"""Files: uploaded by the app in three steps, or carried by people's messages."""

from __future__ import annotations

import mimetypes
import secrets
from dataclasses import dataclass, field

from sandbox.slack.clock import Clock
from sandbox.slack.workspace import TEAM_ID, Json

# github.com/slackapi/python-slack-sdk/issues/1521 and 1658, slack-github-action/issues/413: some
# seconds there; short here, so that no test waits long and none goes without.
WORK_SECONDS = 0.3


@dataclass(slots=True)
class File:
    """One file; `data` is None between asking for an upload URL and uploading."""

    id: str
    name: str
    mime: str
    user: str
    created: int
    length: int
    title: str = ""
    alt: str = ""
    data: bytes | None = None
    shared: dict[str, str] = field(default_factory=dict)  # conversation → ts
    completed: bool = False
    deleted: bool = False
    ready_at: float = 0.0  # until then Slack scans and measures it


class Files:
    """By id, and by the secret end of an upload URL."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self.work_seconds = WORK_SECONDS
        self._files: dict[str, File] = {}
        self._uploads: dict[str, str] = {}

    def new(self, name: str, user: str, length: int, mime: str = "") -> File:
        """A file nobody has uploaded yet."""
        file_id = f"F0{secrets.token_hex(4).upper()}"
        guessed = mimetypes.guess_type(name)[0] or "application/octet-stream"
        created = int(self._clock.now())
        file = self._files[file_id] = File(file_id, name, mime or guessed, user, created, length)
        return file

    def upload_key(self, file: File) -> str:
        """The secret end of its upload URL."""
        key = secrets.token_urlsafe(24)
        self._uploads[key] = file.id
        return key

    def by_upload(self, key: str) -> File | None:
        """The file an upload URL was made for."""
        return self._files.get(self._uploads.get(key, ""))

    def get(self, file_id: str) -> File | None:
        """A file."""
        return self._files.get(file_id)

    def complete(self, file: File) -> None:
        """An upload is done with; from here on Slack works on the file, and says so nowhere."""
        file.completed, file.ready_at = True, self._clock.now() + self.work_seconds

    def in_work(self, file: File) -> bool:
        """Whether blocks may not name it yet."""
        return self._clock.now() < file.ready_at

    def share(self, file_id: str, channel: str, ts: str) -> None:
        """A message in a conversation shows it."""
        self._files[file_id].shared[channel] = ts

    def keep(self, name: str, mime: str, data: bytes, user: str) -> File:
        """A file a person sends along."""
        file = self.new(name, user, len(data), mime)
        file.data, file.completed, file.title = data, True, name
        return file


def describe(file: File, base: str) -> Json:
    """As messages carry it; `base` is where the workspace is served."""
    kind = file.name.rpartition(".")[2].lower() or "binary"
    place = f"{base}/slack/files/{TEAM_ID}-{file.id}"
    shown: Json = {
        "id": file.id, "created": file.created, "timestamp": file.created, "name": file.name,
        "title": file.title or file.name, "mimetype": file.mime, "filetype": kind,
        "pretty_type": kind.upper(), "user": file.user, "user_team": TEAM_ID, "editable": False,
        "size": file.length, "mode": "hosted", "is_external": False, "external_type": "",
        "is_public": True, "public_url_shared": False, "display_as_bot": False, "username": "",
        "url_private": f"{place}/{file.name}",
        "url_private_download": f"{place}/download/{file.name}",
        "media_display_type": "unknown", "permalink": f"{base}/slack/archives/{file.id}",
        "permalink_public": f"{base}/slack/public/{file.id}", "is_starred": False,
        "has_rich_preview": False, "file_access": "visible",
    }  # fmt: skip
    if file.alt:
        shown["alt_txt"] = file.alt
    return shown


def places(file: File) -> Json:
    """Where it was shared, which files.info tells beside the rest."""
    shared = file.shared
    return {
        "channels": [place for place in shared if place.startswith("C")],
        "groups": [],
        "ims": [place for place in shared if place.startswith("D")],
        "shares": {"public": {place: [{"ts": ts}] for place, ts in shared.items()}},
        "comments_count": 0,
    }
