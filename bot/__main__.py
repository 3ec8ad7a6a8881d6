"""`python -m bot` is `tellal`."""

from bot.cli import main

main()
