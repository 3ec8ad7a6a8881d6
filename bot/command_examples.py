"""What each command does, with an example: what `/help schedule` says."""

from __future__ import annotations

from collections.abc import Mapping

from broadcast.language import N_

HELP: Mapping[str, str] = {
    "new": N_(
        "Begins a broadcast. Then send me the message: text, photo, file, whatever you like.\n"
        "Example: `/new`"
    ),
    "drafts": N_("Shows what you have begun and not sent yet.\nExample: `/drafts`"),
    "audience": N_("Chooses who gets broadcast 3.\nExample: `/audience 3`"),
    "templates": N_(
        "WhatsApp wants some texts approved in advance. This shows them and uses one for broadcast "
        "3.\nExample: `/templates 3`"
    ),
    "preview": N_("Shows broadcast 3 as your people will see it.\nExample: `/preview 3`"),
    "test": N_("Sends broadcast 3 to you alone.\nExample: `/test 3`"),
    "schedule": N_(
        "Sets when broadcast 3 goes out. Somebody still has to approve it.\n"
        "Example: `/schedule 3 tomorrow 9:00`"
    ),
    "canary": N_(
        "Sends broadcast 3 to a few first and looks how they take it, before all others get it.\n"
        "Example: `/canary 3 5%`"
    ),
    "submit": N_("Asks the others to approve broadcast 3.\nExample: `/submit 3`"),
    "approve": N_(
        "Shows broadcast 3 with the button that approves it. Nobody approves their own.\n"
        "Example: `/approve 3`"
    ),
    "reject": N_(
        "Sends broadcast 3 back to its author, with your reason.\n"
        "Example: `/reject 3 The date is wrong`"
    ),
    "home": N_(
        "Shows what waits for you, what runs and is planned, the last result and how many subscribers "
        "there are, with the buttons for each.\nExample: `/home`"
    ),
    "status": N_("Shows what is on its way, and how far it is.\nExample: `/status`"),
    "halt": N_(
        "The emergency brake: stops everything on every channel at once, then asks. Everybody in "
        "the team may. You or an owner let it go on again.\nExample: `/halt`"
    ),
    "pause": N_("Pauses broadcast 3. Nothing is lost, it can go on.\nExample: `/pause 3`"),
    "resume": N_("Lets broadcast 3 go on.\nExample: `/resume 3`"),
    "correct": N_(
        "Corrects a paused broadcast for those who do not have it yet. It is approved again.\n"
        "Example: `/correct 3`"
    ),
    "cancel": N_(
        "Ends broadcast 3 for good. It is paused first, then I ask whether you are sure.\n"
        "Example: `/cancel 3`"
    ),
    "report": N_("Shows what became of broadcast 3: who got it, who did not.\nExample: `/report 3`"),
    "missed": N_(
        "Shows who missed broadcast 3, and why. The whole list comes as a file.\n"
        "Example: `/missed 3`"
    ),
    "retry": N_(
        "Tries those again whom broadcast 3 did not reach. Nobody gets it twice.\n"
        "Example: `/retry 3`"
    ),
    "history": N_("Shows who did what to broadcast 3, and when.\nExample: `/history 3`"),
    "team": N_("Shows who is in the team. Owners invite and remove here.\nExample: `/team`"),
    "language": N_("Chooses the language I speak to you.\nExample: `/language tr`"),
    "timezone": N_("Chooses your time zone, for all times you read and write.\nExample: `/timezone Berlin`"),
    "link": N_("Makes you one person on Telegram and Slack, with a code.\nExample: `/link`"),
    "subscribers": N_(
        "Shows how many people are subscribed, who joined and who left.\nExample: `/subscribers`"
    ),
    "share": N_("Gives you a link and posters, so that people can join.\nExample: `/share`"),
    "checklist": N_("Shows the first steps of a new team.\nExample: `/checklist`"),
    "shelf": N_("Shows earlier broadcasts, to use one again.\nExample: `/shelf`"),
    "help": N_("Explains one command, with an example.\nExample: `/help schedule`"),
}  # fmt: skip
