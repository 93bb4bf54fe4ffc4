"""Asks models over the chat completions of OpenAI, which all providers of the table understand, by OpenAI's client.

No error of the client leaves this file, not even as the context of another: its texts repeat keys and prompts.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import aclosing, nullcontext, suppress
from dataclasses import dataclass
from datetime import date
from typing import Any

import openai

from chassis.errors import VoxbusError
from chassis.privacy.law import Recipient
from chassis.privacy.outside import MayBegin
from feedback.models.errors import Phase, ProviderError
from feedback.models.providers.client import NO_KEY, Sending, open_client
from feedback.models.providers.refusals import error_of_status, error_of_stream, request_id_of
from feedback.models.request import ChatMessage, Finished, FinishReason, ModelRequest, Piece, Profile, Text, Usage
from feedback.models.secret import Secret

_FINISH: Mapping[str, FinishReason] = {
    "length": "length",
    "max_tokens": "length",
    "content_filter": "safety",
    "safety": "safety",
    "refusal": "safety",
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Times:
    """Limits a call, in seconds: to connect, to the first token, between two, in all, to the usage after the end."""

    connect: float = 3.0
    first_token: float = 15.0
    between_tokens: float = 10.0
    whole: float = 60.0
    usage: float = 2.0


class CompatibleProvider:
    """Asks the models of one provider, over one pool of connections."""

    def __init__(self, name: str, recipient: Recipient, base_url: str, times: Times | None = None) -> None:
        self.name = name
        self.recipient = recipient
        self._times = times or Times()
        self._client = open_client(base_url, self._times.connect, self._times.whole)

    async def aclose(self) -> None:
        """Closes its connections."""
        await self._client.close()

    async def ends(self, key: Secret | None) -> Mapping[str, date | None]:
        """Returns by the names in the provider's list of models the days on which they end, as OpenAI's names them.

        A model with a day that cannot be read is left out. Raises `ProviderError`.
        """
        client = self._client.with_options(api_key=NO_KEY if key is None else key.reveal())
        found: dict[str, date | None] = {}
        failure: ProviderError | None = None
        try:
            async with asyncio.timeout(self._times.whole):
                async for model in client.models.list():
                    listed = model.to_dict()
                    with suppress(TypeError, ValueError):
                        day = listed.get("shutdown_date")
                        found[str(listed["id"])] = None if day is None else date.fromisoformat(str(day))
        except TimeoutError:
            failure = ProviderError("timeout", phase="whole")
        except Exception as error:  # the client's own, and what broken answers make it raise
            failure = _failure(error, Sending(nullcontext), _Reading())
        if failure is not None:
            raise failure
        return found

    async def stream(
        self, request: ModelRequest, key: Secret | None, may_begin: MayBegin
    ) -> AsyncGenerator[Piece, None]:
        """See `ChatProvider`."""
        call, clock = Sending(may_begin), _Clock(self._times, within=request.within)
        reading = _Reading()
        chunks = self._chunks(request, key, call)
        async with aclosing(chunks):
            while True:
                failure: ProviderError | None = None
                chunk: dict[str, Any] | None = None
                try:
                    async with asyncio.timeout_at(clock.ends(reading)):
                        chunk = await anext(chunks, None)
                except TimeoutError:
                    failure = None if reading.reason else ProviderError("timeout", phase=clock.phase(reading))
                except VoxbusError:
                    raise
                except Exception as error:  # the client's own, and what broken answers make it raise
                    failure = None if reading.reason else _failure(error, call, reading)
                if failure is not None:
                    raise failure
                if chunk is None:
                    break
                for text in reading.read(chunk):
                    yield Text(text)
        if reading.reason is None:
            raise ProviderError("cut", request_id=reading.request_id)
        yield Finished(reading.reason, reading.usage, reading.request_id)

    async def _chunks(
        self, request: ModelRequest, key: Secret | None, call: Sending
    ) -> AsyncGenerator[dict[str, Any], None]:
        """Yields the chunks of one call as they are; closing it closes the connection unless the answer has ended."""
        # a copy of the client (`with_options`) would ask in a thread, each time, what machine this is
        headers = {"Authorization": f"Bearer {NO_KEY if key is None else key.reveal()}"}
        async with call:
            # as JSON: the client's own models of a chunk cost as much as all the rest of a turn
            stream = await self._client.post(
                "/chat/completions",
                cast_to=object,
                body=_arguments(request),
                options={"headers": headers},
                stream=True,
                stream_cls=openai.AsyncStream[object],
            )
        async with stream:
            yield {"request_id": request_id_of(stream.response.headers)}
            async for chunk in stream:
                if not isinstance(chunk, dict):
                    raise TypeError("a chunk is no object")
                yield chunk


class _Reading:
    """Takes text, reason and usage out of the chunks of one answer, whatever else they hold."""

    def __init__(self) -> None:
        self.has_text = False
        self.reason: FinishReason | None = None
        self.usage: Usage | None = None
        self.request_id: str | None = None

    def read(self, chunk: Mapping[str, Any]) -> list[str]:
        """Returns the texts of a chunk."""
        self.request_id = chunk.get("request_id") or self.request_id
        if isinstance(usage := chunk.get("usage"), dict):
            self.usage = _usage(usage)
        choices = chunk.get("choices")
        if not isinstance(choices, list) or not choices or not isinstance(choices[0], dict):
            return []
        if isinstance(reason := choices[0].get("finish_reason"), str):
            self.reason = _FINISH.get(reason, "stop")
        delta = choices[0].get("delta")
        text = delta.get("content") if isinstance(delta, dict) else None
        if not isinstance(text, str) or not text:
            return []
        self.has_text = True
        return [text]


class _Clock:
    """Says until when the next chunk has to come. Seconds in which nobody asks for it count only for the whole."""

    def __init__(self, times: Times, now: Callable[[], float] | None = None, *, within: float | None = None) -> None:
        self._times = times
        self._now = now or asyncio.get_running_loop().time
        self._began = self._now()
        self._ends = self._began + min(times.whole, times.whole if within is None else within)

    def ends(self, reading: _Reading) -> float:
        """Returns the moment on the loop's clock."""
        whole = self._ends
        if reading.reason is not None:
            return min(whole, self._now() + self._times.usage)
        if not reading.has_text:
            return min(whole, self._began + self._times.first_token)
        return min(whole, self._now() + self._times.between_tokens)

    def phase(self, reading: _Reading) -> Phase:
        """Names the limit that has passed."""
        if self._now() >= self._ends:
            return "whole"
        return "between_tokens" if reading.has_text else "first_token"


def _arguments(request: ModelRequest) -> dict[str, Any]:
    """Returns the arguments of the client, those alone that the model's profile knows."""
    profile = request.profile
    arguments: dict[str, Any] = {
        "model": request.model,
        "messages": [_message(each, profile) for each in request.messages],
        profile.token_limit: request.max_output_tokens,
        "stream": True,
        "stream_options": {"include_usage": True},
        **request.extra,
    }
    without_reasoning = profile.reasoning_effort in (None, "none")
    if profile.reasoning_effort is not None:
        arguments["reasoning_effort"] = profile.reasoning_effort
    sampled = profile.sampling == "always" or (profile.sampling == "without_reasoning" and without_reasoning)
    if request.temperature is not None and sampled:
        arguments["temperature"] = request.temperature
    if request.schema is not None and profile.response_format == "honoured":
        schema = {"name": "answer", "schema": request.schema, "strict": True}
        arguments["response_format"] = {"type": "json_schema", "json_schema": schema}
    return arguments


def _message(message: ChatMessage, profile: Profile) -> dict[str, str]:
    role = profile.system_role if message.role == "system" else message.role
    return {"role": role, "content": message.text}


def _usage(usage: Mapping[str, Any]) -> Usage | None:
    """Reads a report of tokens; None where it holds none."""
    spent, made = usage.get("prompt_tokens"), usage.get("completion_tokens")
    if not isinstance(spent, int) or not isinstance(made, int) or spent < 0 or made < 0:
        return None
    details = usage.get("prompt_tokens_details")
    cached = details.get("cached_tokens") if isinstance(details, dict) else 0
    return Usage(spent, made, cached if isinstance(cached, int) else 0)


def _failure(error: Exception, call: Sending, reading: _Reading) -> ProviderError:
    """Says in our own words what an error of the client means."""
    match error:
        case openai.APIStatusError():
            return error_of_status(error.status_code, error.response.headers, error.body)
        case openai.APIConnectionError() if not call.begun:
            return ProviderError("unreachable")
        case _ if reading.has_text:
            return ProviderError("cut", request_id=reading.request_id)
        case openai.APIConnectionError():
            return ProviderError("failed", code="broken", request_id=reading.request_id)
        case openai.APIError():
            return error_of_stream(error.body, reading.request_id)
        case _:
            return ProviderError("failed", code="unreadable", request_id=reading.request_id)
