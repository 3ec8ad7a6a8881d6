"""tgcast: everything queued in its SQLite file first, then sent by its threads.

After a crash it takes up what is queued; what was leased, once the lease (30 s) is over.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

from tgcast import Task, TaskState, Telecast

QUEUED = Path("queued")
UNLIMITED = 1e9  # messages a second


def main(url: str, first: int, count: int, in_flight: int, words: str) -> None:
    engine = Telecast(
        "1:bench", store_dsn="tgcast.db", telegram_base_url=url, global_rps=UNLIMITED,
        per_chat_rps=UNLIMITED, max_concurrency=in_flight, poll_interval=0.01,
    )  # fmt: skip
    if not QUEUED.exists():
        chats = range(first, first + count)
        ids = [engine.enqueue(Task(chat_id=chat, text=words)) for chat in chats]
        part = QUEUED.with_suffix(".part")
        part.write_text("\n".join(ids))
        part.rename(QUEUED)
    with engine:
        for task_id in QUEUED.read_text().splitlines():
            while _open(engine, task_id):
                time.sleep(0.05)


def _open(engine: Telecast, task_id: str) -> bool:
    task = engine.task_status(task_id)
    return task is not None and task.state not in {TaskState.SENT, TaskState.DEAD}


if __name__ == "__main__":
    _, address, chat, people, at_once, text = sys.argv
    main(address, int(chat), int(people), int(at_once), text)
