"""Files by their stamps."""

from __future__ import annotations

from pathlib import Path

from seatsync.converged.watched import Watched, before, digest_of, stamp_of

SECOND = 1_000_000_000


def test_what_was_read_is_remembered(tmp_path: Path) -> None:
    file = tmp_path / "a.yaml"
    file.write_bytes(b"a")
    watched = Watched(tmp_path)
    assert watched.content(str(file)) == b"a"
    assert watched.digests == {str(file): digest_of(b"a")}
    assert watched.stamps == {str(file): None}  # too fresh


def test_a_stamp_tells_when_a_file_was_left_alone(tmp_path: Path) -> None:
    file = tmp_path / "a.yaml"
    file.write_bytes(b"a")
    stamp = stamp_of(str(file))
    assert stamp is not None
    last = max(stamp.modified, stamp.changed)
    assert not before(stamp, last + SECOND)
    assert before(stamp, last + 2 * SECOND)
    assert stamp_of(str(tmp_path / "none")) is None
