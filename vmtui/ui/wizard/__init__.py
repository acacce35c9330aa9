"""The wizard that makes guests: pages of fields over `plan.answers`, and the review."""
