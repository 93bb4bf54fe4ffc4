"""Shows the models and the roles to everybody."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from chassis.breaker import State
from chassis.handler import Deps
from chassis.web.call import Call
from chassis.web.cursor import read_cursor, refused
from chassis.web.listing import Listed, PageQuery, page_of
from chassis.web.problems import not_found
from chassis.web.routes import Routes
from feedback.models.catalogue import Catalogue
from feedback.models.model import Kind, Model, Status
from feedback.models.prompts import PROMPTS
from feedback.models.roles import ROLES, Role
from feedback.models.upstreams import KeyState, Upstream, Upstreams

routes = Routes("ai")

#: an id or an alias, as people may write it
NAME = r"^[A-Za-z0-9][A-Za-z0-9 ._:\-]{0,79}$"
#: a reason why no model answers for a role
Why = Literal["rules", "no-key", "key-refused"]


class ProviderOut(BaseModel):
    """Shows what the process that answers knows of a provider: each learns for itself.

    `breaker`: `open` while the provider is not asked because it failed, until `open_until`; then one call tries
    (`half_open`). `in_flight` and `limit`: calls at once with keys of the installation.
    """

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "provider": "openai",
                    "breaker": "closed",
                    "open_until": None,
                    "in_flight": 0,
                    "limit": 8,
                    "key": "missing",
                }
            ]
        }
    )

    provider: str
    breaker: State
    open_until: AwareDatetime | None
    in_flight: int
    limit: int
    key: KeyState


class PriceOut(BaseModel):
    """Shows today's price of a request of any usual size; null where it is not known."""

    input: str
    output: str
    cached_input: str | None = None
    audio_input: str | None = None
    audio_output: str | None = None
    unit: Literal["USD per million tokens"] = "USD per million tokens"


class ModelOut(BaseModel):
    """Shows a model. `resolves_to` answers for it today; null once it is gone and has no successor.

    `verified`: every figure was read at the vendor's own; else `source` says which was not.
    """

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "id": "gpt-4o",
                    "provider": "openai",
                    "kind": "chat",
                    "aliases": ["gpt-4o-2024-11-20"],
                    "roles": [],
                    "status": "retiring",
                    "retires_at": "2027-01-14",
                    "successor": "gpt-6-luna",
                    "resolves_to": "gpt-6-luna",
                    "context_tokens": 128000,
                    "max_output_tokens": 8192,
                    "price": {
                        "input": "2.50",
                        "output": "10.00",
                        "cached_input": None,
                        "audio_input": None,
                        "audio_output": None,
                        "unit": "USD per million tokens",
                    },
                    "checked_on": "2026-11-28",
                    "source": "the vendor's page",
                    "verified": False,
                }
            ]
        }
    )

    id: str
    provider: str
    kind: Kind
    aliases: list[str]
    roles: list[str]
    status: Status
    retires_at: date | None
    successor: str | None
    resolves_to: str | None
    context_tokens: int | None
    max_output_tokens: int | None
    price: PriceOut | None
    checked_on: date
    source: str
    verified: bool


class RoleOut(BaseModel):
    """Shows a role: its models in order, and the rules that answer when none of them may.

    `available`: whether this installation can ask one of the models; `why` says why not. Whether it may, for a certain
    person, is another question.
    """

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "role": "child_feedback",
                    "models": ["gpt-6-luna", "claude-haiku-5-5"],
                    "default": "rules/coach-1",
                    "prompt": "child_feedback/1",
                    "available": False,
                    "why": "no-key",
                }
            ]
        }
    )

    role: str
    models: list[str]
    default: Annotated[str | None, Field(description="Answers when no model does; null: nothing does.")]
    prompt: str | None
    available: bool
    why: Why | None


@dataclass(frozen=True, kw_only=True)
class ModelDeps(Deps):
    """Holds what the routes of models read."""

    catalogue: Catalogue
    upstreams: Upstreams


class ModelsQuery(PageQuery):
    """Asks for a page of models."""


class RolesQuery(PageQuery):
    """Asks for a page of roles."""


class ProvidersQuery(PageQuery):
    """Asks for a page of providers."""


@routes.get("/ai/models", access=("public",))
async def list_models(query: ModelsQuery, call: Call[ModelDeps]) -> Listed[ModelOut]:
    """Lists the models that Voxbus knows, by id: those that answer today, and those that others answer for."""
    models = call.deps.catalogue.registry.models
    return page_of(
        [models[id] for id in _after(models, query)],
        query,
        lambda model: _shown(model, call.deps.catalogue),
        lambda model: (model.id, model.id),
    )


@routes.get("/ai/models/{id}", access=("public",))
async def read_model(id: Annotated[str, Field(pattern=NAME)], call: Call[ModelDeps]) -> ModelOut:
    """Reads one model, by its id or an alias; case, spaces, dots and hyphens make no difference."""
    model = call.deps.catalogue.registry.find(id)
    if model is None:
        raise not_found()
    return _shown(model, call.deps.catalogue)


@routes.get("/ai/roles", access=("public",))
async def list_roles(query: RolesQuery, call: Call[ModelDeps]) -> Listed[RoleOut]:
    """Lists the roles in which models answer, by name, with their models in the order in which they are asked."""
    return page_of(
        [ROLES[name] for name in _after(ROLES, query)],
        query,
        lambda role: _role(role, call.deps),
        lambda role: (role.name, role.name),
    )


@routes.get("/admin/ai/providers", access=("admin",))
async def list_providers(query: ProvidersQuery, call: Call[ModelDeps]) -> Listed[ProviderOut]:
    """Lists the providers of models, as the process that answers knows them."""
    upstreams = call.deps.upstreams
    return page_of(
        [upstreams[name] for name in _after(upstreams, query)],
        query,
        _provider,
        lambda upstream: (upstream.name, upstream.name),
    )


def _after(named: Mapping[str, object], query: PageQuery) -> list[str]:
    """Returns the names of a page in order, and one more if there are more."""
    names = sorted(named)
    if query.cursor is not None:
        key, last = read_cursor(query.cursor, str, str, query.bound())
        if key != last:
            raise refused()
        names = [name for name in names if name > last]
    return names[: query.limit + 1]


def _shown(model: Model, catalogue: Catalogue) -> ModelOut:
    price = model.price_on(catalogue.today())
    used = catalogue.resolved(model).used
    return ModelOut(
        **model.model_dump(include=ModelOut.model_fields.keys() - {"price", "roles", "status"}),
        roles=[role for role, chain in catalogue.chains.items() if model in chain],
        status=catalogue.status_of(model),
        resolves_to=None if used is None else used.id,
        price=None
        if price is None
        else PriceOut(
            input=_dollars(price.input) or "0",
            output=_dollars(price.output) or "0",
            cached_input=_dollars(price.cached_input),
            audio_input=_dollars(price.audio_input),
            audio_output=_dollars(price.audio_output),
        ),
    )


def _dollars(amount: Decimal | None) -> str | None:
    """Returns dollars with two decimals, or as many as there are."""
    if amount is None:
        return None
    least = amount.quantize(Decimal("0.01"))
    return f"{least if least == amount else amount.normalize():f}"


def _role(role: Role, deps: ModelDeps) -> RoleOut:
    chain = deps.catalogue.chains[role.name]
    used = [found.used for found in map(deps.catalogue.resolved, chain) if found.used is not None]
    upstreams = [deps.upstreams.get(model.provider) for model in used]
    states = ["missing" if upstream is None else upstream.key_state for upstream in upstreams]
    why: Why | None = None
    if not states:
        why = "rules"
    elif "configured" not in states:
        why = "key-refused" if "refused" in states else "no-key"
    return RoleOut(
        role=role.name,
        models=[model.id for model in chain],
        default=role.default,
        prompt=PROMPTS[role.name].name if role.name in PROMPTS else None,
        available=why is None,
        why=why,
    )


def _provider(upstream: Upstream) -> ProviderOut:
    left = upstream.breaker.rests_for
    return ProviderOut(
        provider=upstream.name,
        breaker=upstream.breaker.state,
        open_until=None if left is None else datetime.now(UTC) + timedelta(seconds=left),
        in_flight=upstream.slots.taken,
        limit=upstream.slots.limit,
        key=upstream.key_state,
    )
