"""What the tests of this library share; ``process`` is their own opinion of the process."""
