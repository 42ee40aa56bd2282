"""Support code of the tests; ``process`` is their second opinion of the process."""
