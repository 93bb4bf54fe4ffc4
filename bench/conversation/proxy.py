"""Passes conversations on to a provider with the same client and nothing else: no limits, checks, records or sessions.

Started with a port and the provider's address. It is what one writes in an hour, and what Voxbus is measured beside.
"""

from __future__ import annotations

import json
import sys
from collections.abc import AsyncIterator

import uvicorn
from fastapi import FastAPI
from openai import AsyncOpenAI
from pydantic import BaseModel
from starlette.responses import StreamingResponse

app = FastAPI()


class Asked(BaseModel):
    message: str
    apiKey: str


def client_of(base_url: str) -> AsyncOpenAI:
    return AsyncOpenAI(api_key="none", base_url=base_url, max_retries=0)


@app.post("/api/conversation")
async def converse(asked: Asked) -> StreamingResponse:
    client: AsyncOpenAI = app.state.client.with_options(api_key=asked.apiKey)
    stream = await client.chat.completions.create(
        model="gpt-6-luna",
        messages=[
            {"role": "developer", "content": "You take part in a design session."},
            {"role": "user", "content": asked.message},
        ],
        max_completion_tokens=300,
        reasoning_effort="none",
        stream=True,
        stream_options={"include_usage": True},
    )

    async def events() -> AsyncIterator[str]:
        said = ""
        async with stream:
            async for chunk in stream:
                if chunk.choices and (text := chunk.choices[0].delta.content):
                    said += text
                    yield f"event: delta\ndata: {json.dumps({'text': text})}\n\n"
        yield f"event: done\ndata: {json.dumps({'response': said})}\n\n"

    return StreamingResponse(events(), media_type="text/event-stream")


if __name__ == "__main__":
    app.state.client = client_of(sys.argv[2])
    uvicorn.run(app, host="127.0.0.1", port=int(sys.argv[1]), log_level="warning", access_log=False)
