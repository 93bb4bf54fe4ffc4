"""Holds the texts of mails as data, by language and template.

No text holds what somebody wrote, so that nobody can put words of their own into a mail that comes from us. The one
exception is the user name of a child, whom a guardian has to know: `letter` shows only what looks like a name.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

#: the language of those whose own has no texts yet
DEFAULT = "en"


@dataclass(frozen=True, slots=True)
class Template:
    """Holds one text: paragraphs before and after the link. `press` is what the link says in HTML; None: no link.

    `{child}` stands for the user name of the child whom the mail is about. The notice comes last, if there is one.
    """

    subject: str
    before: tuple[str, ...]
    press: str | None = None
    after: tuple[str, ...] = ()


TEMPLATES: Mapping[str, Mapping[str, Template]] = {
    "en": {
        "verify-email": Template(
            subject="Confirm your e-mail address",
            before=(
                "Hello,",
                "someone signed up for Voxbus with this e-mail address. If it was you, please open this page and "
                "confirm that the address is yours:",
            ),
            press="Confirm the address",
            after=(
                "The link works once, within 24 hours.",
                "If it was not you, do nothing: the address stays unconfirmed.",
            ),
        ),
        "reset-password": Template(
            subject="Choose a new password",
            before=(
                "Hello,",
                "someone asked for a new password for the Voxbus account with this e-mail address. If it was you, "
                "please open this page and choose one:",
            ),
            press="Choose a password",
            after=(
                "The link works once, within one hour. A new password signs you out on all devices.",
                "If it was not you, do nothing: your password stays as it is.",
            ),
        ),
        "change-email": Template(
            subject="Confirm your new e-mail address",
            before=(
                "Hello,",
                "someone asked to use this e-mail address for their Voxbus account from now on. If it was you, please "
                "open this page and confirm that the address is yours:",
            ),
            press="Confirm the new address",
            after=(
                "The link works once, within 24 hours.",
                "If it was not you, do nothing: the address is not used.",
            ),
        ),
        "email-changed": Template(
            subject="Another e-mail address for your account",
            before=(
                "Hello,",
                "someone asked to use another e-mail address for your Voxbus account. The other address takes the "
                "place of this one when it is confirmed.",
                "If it was you, there is nothing to do here.",
                "If it was not you, someone knows your password: please sign in and change it now.",
            ),
        ),
        "signed-out": Template(
            subject="You were signed out",
            before=(
                "Hello,",
                "one of your devices was signed out of Voxbus, because its sign-in was used in two places. This can "
                "happen when someone has copied it.",
                "Please sign in again on that device. If you do not know how this could happen, please change your "
                "password too.",
            ),
        ),
        "guardian-invitation": Template(
            subject="A child asks for your consent",
            before=(
                "Hello,",
                "{child} would like to use Voxbus, and says that you are a parent or guardian. Please read below what "
                "Voxbus would do with the child's data.",
                "If you are, open this page. You sign in there, and then say yes or no to each point. If you do not "
                "know the child, say so on the same page: then we delete this address at once.",
            ),
            press="Answer the child",
            after=("The link works once, within 14 days. If you do nothing, we delete this address after that time.",),
        ),
        "inactive-account": Template(
            subject="Your Voxbus account will be deleted",
            before=(
                "Hello,",
                "nobody has used your Voxbus account, or that of a child for whom you decide, for a long time. We do "
                "not keep what we do not need: in 30 days the account and everything in it will be deleted.",
                "To keep it, sign in once before then:",
            ),
            press="Open the account",
            after=("To let it be deleted, do nothing.",),
        ),
        "consent-confirmation": Template(
            subject="What you agreed to for a child",
            before=(
                "Hello,",
                "you agreed that Voxbus may use data of {child}. This mail is to make sure that it was you.",
                "If it was you and you still agree, there is nothing to do here.",
                "If it was not you, or you changed your mind, open this page and take it back. It ends at once:",
            ),
            press="Open the page for guardians",
            after=("Below is the text that you agreed to.",),
        ),
        "child-erased": Template(
            subject="The account of a child was deleted",
            before=(
                "Hello,",
                "another guardian of a child, for whom you say yes or no as well, has deleted the child's account and "
                "everything in it. It cannot be brought back.",
                "There is nothing to do here. The child is no longer on your page:",
            ),
            press="Open the page for guardians",
            after=("We do not say which child it was, because we have deleted that too.",),
        ),
        "coming-of-age": Template(
            subject="A child will soon decide alone",
            before=(
                "Hello,",
                "{child}, for whom you say yes or no, will soon be old enough to decide alone. From that day on what "
                "you said yes to ends, and you do not see the child on your page any more.",
                "There is nothing to do here. Until then you can look at everything on this page:",
            ),
            press="Open the page for guardians",
            after=("The day stands below.",),
        ),
    }
}


def language_of(wanted: str) -> str:
    """Returns the language (BCP 47) of the texts for a person who wants this one."""
    return next((each for each in (wanted.lower(), wanted.lower().partition("-")[0]) if each in TEMPLATES), DEFAULT)


def template_of(name: str, language: str) -> Template | None:
    """Returns a text in the nearest language that has texts; None for an unknown template."""
    return TEMPLATES[language_of(language)].get(name)
