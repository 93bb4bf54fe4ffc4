"""Decides on which terms a spoken conversation takes place: whose key, which model, which limits."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from uuid import UUID

from chassis.errors import DependencyDown
from chassis.observe.logs import logger
from chassis.privacy.consents import Consents
from chassis.privacy.law import Purpose, Recipient
from chassis.privacy.outside import MayBegin, NotAllowed, OutsideCalls
from chassis.web.principal import Principal
from chassis.web.problems import CONSENT_REQUIRED, UNAVAILABLE, ProblemError, unauthorized
from feedback.conversation.realtime.limits import Limits, Prices
from feedback.conversation.realtime.problems import NO_KEY
from feedback.conversation.realtime.settings import RealtimeSettings
from feedback.conversation.turn_problems import MODEL_NOT_AVAILABLE, problem_of
from feedback.models.catalogue import Catalogue
from feedback.models.errors import ProviderError
from feedback.models.model import Model
from feedback.models.notices import Notice
from feedback.models.secret import Secret

ROLE = "realtime"
#: kinds of errors that are not the caller's where the key is ours
_OUR_FAULT = ("key_refused", "quota")
_PURPOSE: Purpose = "ai_voice"
_NOTHING = Decimal(0)

_log = logger(__name__)


@dataclass(frozen=True, kw_only=True, slots=True)
class Agreed:
    """Holds the terms of a session.

    `person` is whose consent is asked for, None where a key of theirs came. `speaker`: who is signed in.
    """

    model: Model
    prices: Prices
    limits: Limits
    key: Secret
    is_ours: bool
    person: UUID | None
    speaker: UUID | None
    notices: tuple[Notice, ...]


class Deal:
    """Agrees on terms with whoever wants to speak."""

    def __init__(
        self,
        catalogue: Catalogue,
        settings: RealtimeSettings,
        consents: Consents,
        outside: OutsideCalls,
        recipient: Recipient,
        own_key: Secret | None,
    ) -> None:
        """Takes `own_key`, the installation's key of the provider, if it has one."""
        self._catalogue = catalogue
        self._settings = settings
        self._consents = consents
        self._outside = outside
        self._recipient = recipient
        self._own_key = own_key

    def today(self) -> date:
        """Returns the day in UTC, by which prices are."""
        return self._catalogue.today()

    def now(self) -> datetime:
        """Returns the present moment in UTC."""
        return datetime.now(UTC)

    async def agree(self, principal: Principal, key: Secret | None, asked: str | None) -> Agreed:
        """Returns the terms. Raises the problem of who may not, of a model that is not there, or of a missing key.

        `key` is the caller's, `asked` the model that they have named.
        """
        model, notices = self._model(asked)
        prices = self._prices(model)
        if key is not None:
            if principal.id is not None and principal.age_band != "of_age":
                await self._check_consent(principal.id, is_child=True)
            return Agreed(
                model=model,
                prices=prices,
                limits=Limits(self._settings.realtime_caller_seconds),
                key=key,
                is_ours=False,
                person=None if principal.age_band == "of_age" else principal.id,
                speaker=principal.id,
                notices=notices,
            )
        if principal.id is None:
            raise unauthorized()
        await self._check_consent(principal.id, is_child=principal.age_band != "of_age")
        if self._own_key is None:
            raise ProblemError(NO_KEY)
        own = self._settings
        return Agreed(
            model=model,
            prices=prices,
            limits=Limits(own.realtime_seconds, own.realtime_tokens, own.realtime_usd),
            key=self._own_key,
            is_ours=True,
            person=principal.id,
            speaker=principal.id,
            notices=notices,
        )

    async def allows(self, person: UUID | None) -> bool:
        """Tells whether the provider may hear a person; None: somebody of age with a key of their own.

        Raises `DependencyDown` where nobody can say it.
        """
        return person is None or await self._consents.allows(person, _PURPOSE, self._recipient)

    def may_begin(self, agreed: Agreed) -> MayBegin:
        """Returns what asks the same once more, in the moment in which a call begins."""
        of, own_key = agreed.speaker, not agreed.is_ours
        return self._outside.may_begin(agreed.person, _PURPOSE, self._recipient, of=of, own_key=own_key)

    @contextmanager
    def refusals(self, agreed: Agreed) -> Iterator[None]:
        """Raises the problem of what keeps a call from beginning: the provider, the consent, or its store."""
        try:
            yield
        except ProviderError as error:
            _log.warning("a provider refuses to hear", kind=error.kind, status=error.status)
            if agreed.is_ours and error.kind in _OUR_FAULT:
                raise ProblemError(NO_KEY) from None
            raise problem_of(error, agreed.model.id, begun=False) from None
        except NotAllowed:
            raise ProblemError(CONSENT_REQUIRED) from None
        except DependencyDown:
            raise ProblemError(UNAVAILABLE) from None

    async def _check_consent(self, person: UUID, *, is_child: bool) -> None:
        try:
            allowed = await self.allows(person)
        except DependencyDown:
            raise ProblemError(UNAVAILABLE) from None
        if not allowed:
            detail = None if is_child else "You have not agreed that this provider hears you: see /me/consents."
            raise ProblemError(CONSENT_REQUIRED, detail)

    def _model(self, asked: str | None) -> tuple[Model, tuple[Notice, ...]]:
        named = self._catalogue.chains[ROLE] if asked is None else (self._catalogue.registry.find(asked),)
        for model in named:
            if model is None or model.kind != ROLE:
                continue
            found = self._catalogue.answering_for(model)
            if found.used is not None:
                return found.used, found.notices
        raise ProblemError(MODEL_NOT_AVAILABLE)

    def _prices(self, model: Model) -> Prices:
        price = model.price_on(self._catalogue.today())
        if price is None:
            return Prices(_NOTHING, _NOTHING, _NOTHING, _NOTHING, _NOTHING)
        return Prices(
            text_input=price.input,
            text_output=price.output,
            audio_input=price.input if price.audio_input is None else price.audio_input,
            audio_output=price.output if price.audio_output is None else price.audio_output,
            cached_input=price.input if price.cached_input is None else price.cached_input,
        )
