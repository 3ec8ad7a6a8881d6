"""What an admin can do about a no of Meta's that concerns everybody, on either channel."""

from __future__ import annotations

from broadcast.language import N_

MEND_TOKEN = N_("Put a new token into `.env` or `tellal.toml`, then press Resume: no restart.")
MEND_PERMISSION = N_("Give the token its permissions in Meta's app dashboard, then press Resume.")
MEND_LOCKED = N_("Meta has locked or limited the account; Business Support Home says why.")
MEND_CONTENT = N_("Meta would refuse it for everybody. Cancel it, correct it, and send it anew.")
