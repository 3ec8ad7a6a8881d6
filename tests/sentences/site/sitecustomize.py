"""Python imports this by itself in each process of the tests that note sentences."""

import os
from pathlib import Path

if folder := os.environ.get("SENTENCES_FOLDER"):
    from tests.sentences.listening import listen

    listen(Path(folder))
