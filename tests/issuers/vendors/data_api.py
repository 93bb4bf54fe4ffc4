"""Lets Supabase's Python client read a Data API. It runs in the vendors' environment, from JSON to JSON."""
# mypy: ignore-errors

from __future__ import annotations

import json
import sys

from postgrest.exceptions import APIError
from supabase import ClientOptions, create_client


def _asked(client, schema, table, method, given, conditions):
    query = getattr(client.schema(schema).from_(table), method)(*given)
    for name, value in conditions:
        query = getattr(query, name)(*value)
    try:
        return query.execute().data
    except APIError as error:
        return error.code


def main(given):
    """Asks each question as each person: a schema, a table, a method with its arguments, and conditions."""
    answers = {}
    for who, token in given["tokens"].items():
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        client = create_client(given["url"], given["key"], ClientOptions(headers=headers))
        answers[who] = {name: _asked(client, *question) for name, question in given["questions"].items()}
    return answers


if __name__ == "__main__":
    print(json.dumps(main(json.load(sys.stdin))))
