"""What is closed at the end of a `with`, whatever happened in it."""

from __future__ import annotations

from types import TracebackType
from typing import Self


class Closing:
    """Whoever has a `close` that may be called again."""

    def close(self) -> None:
        """Let go of everything."""
        raise NotImplementedError

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()
