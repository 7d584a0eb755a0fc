"""Validation of documents written by seatsync against its published schemas."""

from __future__ import annotations

import json
import re
from functools import cache
from typing import Any

import jsonschema
import jsonschema_rs

from seatsync.reading.schema import schema_text

_BEGINS = re.compile(r'\{\n? *"format": "seatsync/([a-z-]+)/1"')


def checked(text: str, name: str | None = None) -> Any:  # noqa: ANN401 - JSON
    """Return a document as data, after both validators, ours and jsonschema's, have accepted it."""
    document = json.loads(text)
    found = _BEGINS.match(text)
    assert found is not None
    assert name in (None, found[1])
    by_the_book, quick = _validators(found[1])
    assert [f"/{'/'.join(map(str, error.path))}: {error.message}" for error in by_the_book.iter_errors(document)] == []
    assert quick.is_valid(document)
    return document


def check_if_document(text: str) -> None:
    """Validate the output of a command, if it is a document."""
    if _BEGINS.match(text):
        checked(text)


@cache
def _validators(name: str) -> tuple[jsonschema.Draft202012Validator, jsonschema_rs.Draft202012Validator]:
    schema = json.loads(schema_text(name))
    return (
        jsonschema.Draft202012Validator(schema, format_checker=jsonschema.FormatChecker(["date"])),
        jsonschema_rs.Draft202012Validator(schema, validate_formats=True),
    )
