"""Downloads: files from the web, whole and genuine or not at all."""
