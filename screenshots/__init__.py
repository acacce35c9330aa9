"""Pictures of the screen, made from real guests: `python -m screenshots`."""
