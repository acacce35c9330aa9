"""Commands that run without the screen: what is asked of the hosts, and what is printed."""
