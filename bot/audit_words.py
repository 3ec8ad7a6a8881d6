"""What was done, as a line at a terminal tells it: one phrase for each action of the audit log."""

from __future__ import annotations

from broadcast.language import N_, terminal

_BROADCASTS = {
    "created": N_("begun"),
    "content": N_("its message changed"),
    "audience": N_("its audience changed"),
    "schedule": N_("its time changed"),
    "canary": N_("how many get it first changed"),
    "choices": N_("its choices changed"),
    "submitted": N_("handed in for approval"),
    "approved": N_("approved"),
    "approval_voided": N_("changed, so its approval no longer counts"),
    "asked_again": N_("asked for approval again"),
    "rejected": N_("rejected"),
    "taken_back": N_("taken back to the drafts"),
    "deleted": N_("deleted"),
    "cancelled": N_("cancelled"),
    "launched": N_("goes out"),
    "waiting": N_("waits for people who have to write first"),
    "completed": N_("completed"),
    "paused": N_("paused"),
    "resume_asked": N_("waits for a second yes to go on"),
    "resumed": N_("goes on"),
    "retried": N_("tries again"),
    "uncertain": N_("decided what becomes of the uncertain ones"),
    "resend_uncertain": N_("sends the uncertain ones again"),
    "late": N_("its time has passed; it waits for a word"),
    "late_start": N_("starts late, as somebody decided"),
    "expired": N_("its time is over"),
    "canary_sent": N_("has gone to the first few and waits"),
    "canary_passed": N_("goes on after the first few"),
    "corrected": N_("goes on with the corrected message"),
    "correction_taken_back": N_("its correction was taken back"),
    "adopted": N_("waits for a word, as this database was adopted"),
}
_TEAM = {
    "claim_code": N_("a code for the first owner was made"),
    "claimed": N_("the first owner is here"),
    "appointed": N_("an owner came by the settings"),
    "invited": N_("somebody was invited"),
    "invitation_revoked": N_("an invitation was taken back"),
    "joined": N_("somebody joined"),
    "role": N_("a role changed"),
    "removed": N_("somebody was taken out"),
    "left": N_("somebody has no account there any more"),
    "link_code": N_("a code to link another console was made"),
    "link_asked": N_("a link code was opened"),
    "link_refused": N_("a link was refused"),
    "linked": N_("another console was linked"),
    "wrong_codes": N_("wrong codes in a row"),
    "alone": N_("the owner works alone"),
    "together": N_("two people decide again"),
    "house_named": N_("the name subscribers see changed"),
    "house_privacy": N_("the privacy page changed"),
    "halted": N_("everything was stopped"),
    "lifted": N_("everything may go on"),
    "tested": N_("somebody sent themselves a test"),
    "template_asked": N_("a template was asked for"),
    "poster": N_("a new link or poster was made"),
}


def done(action: str, broadcast_id: object) -> str:
    """The phrase for an action of a broadcast, or of the team where `broadcast_id` is nothing. One
    that has no phrase is named as it is."""
    sentence = (_BROADCASTS if broadcast_id else _TEAM).get(action)
    return terminal().plain(sentence) if sentence else action.replace("_", " ")
