"""Messages of the protocol as pygls reads them, so that every request is answered."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from lsprotocol import types
from pygls.exceptions import JsonRpcException
from pygls.protocol import LanguageServerProtocol, default_converter

if TYPE_CHECKING:
    from cattrs import Converter

_LARGEST: Final = 2**31 - 1  # of the protocol's unsigned integers


class AnsweringProtocol(LanguageServerProtocol):
    """The protocol of pygls, which gives no answer to a request with invalid parameters."""

    def structure_message(self, data: dict[str, Any]) -> Any:  # noqa: ANN401 - as in pygls
        """Return a message as a value. A request with invalid parameters is answered with the error."""
        try:
            return super().structure_message(data)
        except JsonRpcException as error:
            if "id" in data and "method" in data:
                self._send_response(data["id"], None, error.to_response_error())
            raise


def converter() -> Converter:
    """Return the converter of messages; it reads a position beyond the protocol's numbers as the nearest one.

    Some editors send -1, or 2³²-1 for the end of a line or file.
    """
    found: Converter = default_converter()  # type: ignore[no-untyped-call]  # it has no types
    found.register_structure_hook(types.Position, _position)
    return found


def _position(data: Any, _: type) -> types.Position:  # noqa: ANN401 - any JSON
    return types.Position(_clamped(data["line"]), _clamped(data["character"]))


def _clamped(number: Any) -> int:  # noqa: ANN401 - any JSON
    return max(0, min(int(number), _LARGEST))
