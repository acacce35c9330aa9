"""Forms: fields as data, a row each, with the problem under its field as it is typed."""
