"""For the tests of a host: examples to read, values to generate, and a suite that proves storage and delivery.

Rule 1: a host's tests are its users; the library itself needs nothing of it.
Rule 2: builders and scenarios need no other library. The rest needs Hypothesis: the extra ``testing``.
Rule 3: a name is imported from its module when it is first asked for (PEP 562).
"""
