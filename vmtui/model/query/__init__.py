"""Questions that a person asks of guests: the filter, its fields, and fuzzy search. Pure."""
