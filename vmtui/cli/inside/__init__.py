"""Commands that work inside a guest, through its agent: exec, cp and tools."""
