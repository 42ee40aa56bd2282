"""Support code of the tests; ``process`` describes the process a second time, by hand."""
