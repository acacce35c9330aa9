"""Writing a new guest's definition, one file a family of elements."""
