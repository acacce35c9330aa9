"""One file a page that is made from the program."""
