"""Log records of the work on a fleet as lines: text for people, and JSON, one object a line, for programs."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime

from seatsync.fleet.log import LogRecord
from seatsync.reporting.escape import json_safe, visible
from seatsync.secret import without_secrets


def text_line(record: LogRecord, environment: Mapping[str, str]) -> str:
    """Return a record as a line of text: `acme: apply failed (1.20 s): the lock is held`."""
    about = f"{record.account}: " if record.account else ""
    seconds = "" if record.seconds is None else f" ({record.seconds:.2f} s)"
    error = f": {record.error}" if record.error else ""
    verb = f"{record.verb} " if record.verb else ""
    return visible(without_secrets(f"{about}{verb}{record.event}{seconds}{error}", environment))


def json_line(record: LogRecord, now: datetime, environment: Mapping[str, str]) -> str:
    """Return a record as one line of JSON. Every line has all fields; what does not apply is null."""
    fields = {
        "time": now.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "level": record.level,
        "account": record.account or None,
        "verb": record.verb or None,
        "run": record.run or None,
        "event": record.event,
        "seconds": None if record.seconds is None else round(record.seconds, 3),
        "error": record.error or None,
    }
    hidden = {
        name: without_secrets(value, environment) if isinstance(value, str) else value for name, value in fields.items()
    }
    return json_safe(json.dumps(hidden, ensure_ascii=False))
