"""Questions that a person answers: a handful of dialogs serves every verb."""
