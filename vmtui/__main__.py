"""`python -m vmtui`."""

from __future__ import annotations

import sys

from vmtui.cli.main import main

if __name__ == "__main__":
    sys.exit(main())
