"""Makes this directory importable, so that tests and property tests share ``examples``."""
