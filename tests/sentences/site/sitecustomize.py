"""Python imports this by itself in each process of the tests that note sentences."""

import os
from pathlib import Path

if folder := os.environ.get("TELLAL_TEST_SENTENCES"):
    from tests.sentences.listening import listen

    listen(Path(folder))
