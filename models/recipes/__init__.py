"""Where models/export.py's recipes live: each turns one kind of checkpoint into a module and its card."""
