"""The suites, one file a kind of offer.  Each test is a numbered clause of the contract, and its docstring is that clause."""
