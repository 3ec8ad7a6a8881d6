"""The command menu of each admin's own chat, in their language and for their role."""

from __future__ import annotations

import structlog
import telegram
from telegram.error import TelegramError

from bot import command_names, dispatch
from bot.per_person import log_and_go_on
from broadcast.context import Core
from broadcast.language import speech
from broadcast.models import Role
from broadcast.services import team

log = structlog.get_logger()


class Menus:
    """Scope `chat`: subscribers never see the console's commands."""

    def __init__(self, core: Core, bot: telegram.Bot, frontend: str) -> None:
        self._core, self._bot, self._frontend = core, bot, frontend
        self._shown: dict[str, tuple[str, str]] = {}
        self._refused: set[str] = set()  # chats that were never opened, mostly

    async def refresh(self, wrote: str = "") -> None:
        """Whatever changed since the last time: people, roles, languages. A chat that was refused
        is tried again when its admin has written there."""
        self._refused.discard(wrote)
        wanted = {
            identity.conversation: (admin.language, admin.role)
            for admin, identity in await team.conversations(self._core)
            if identity.frontend == self._frontend
        }
        for chat in self._shown.keys() - wanted.keys():
            await self._hide(chat)
        for chat, (language, role) in wanted.items():
            if self._shown.get(chat) != (language, role) and chat not in self._refused:
                with log_and_go_on("no_command_menu"):
                    await self._show(chat, language, role)

    async def _show(self, chat: str, language: str, role: str) -> None:
        self._shown[chat] = (language, role)
        words = speech(language)
        commands = [
            telegram.BotCommand(
                command_names.in_menu(row.name, language), words.plain(row.description)[:256]
            )
            for row in dispatch.listed(Role(role))
        ]
        try:
            await self._bot.set_my_commands(commands, scope=telegram.BotCommandScopeChat(int(chat)))
        except (TelegramError, ValueError) as error:
            self._shown.pop(chat, None)
            self._refused.add(chat)
            log.info("no_command_menu", chat=chat, error=type(error).__name__)

    async def _hide(self, chat: str) -> None:
        """Somebody left the team: their chat shows what every subscriber sees."""
        self._shown.pop(chat, None)
        try:
            await self._bot.delete_my_commands(scope=telegram.BotCommandScopeChat(int(chat)))
        except (TelegramError, ValueError) as error:
            log.info("command_menu_stays", chat=chat, error=type(error).__name__)
