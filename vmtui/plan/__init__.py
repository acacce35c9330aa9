"""From an intention to a Plan: pure functions from guests and what is known to steps as data."""
