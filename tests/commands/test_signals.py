from __future__ import annotations

import signal

import pytest

from seatsync.commands.shared.console import deferred_signals
from seatsync.errors import Interrupted


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_the_first_signal_is_noted_and_the_second_stops(number: signal.Signals) -> None:
    before = signal.getsignal(number)
    with deferred_signals() as noted:
        assert noted() is None
        signal.raise_signal(number)
        assert noted() == number
        with pytest.raises(Interrupted) as stopped:
            signal.raise_signal(signal.SIGTERM)
    assert stopped.value.exit_code == 143
    assert str(stopped.value) == (
        "interrupted; stopped at once; the step in progress was rolled back, earlier steps are kept"
    )
    assert signal.getsignal(number) is before
