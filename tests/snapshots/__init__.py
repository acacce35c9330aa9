"""Pictures of every screen, kept in tests/data/screens and compared."""

from pathlib import Path

FOLDER = Path(__file__).resolve().parents[1] / "data" / "screens"
