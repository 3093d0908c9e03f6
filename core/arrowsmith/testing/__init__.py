"""The conformance kit: what proves that a plugin keeps its contract, for our own plugins and for anybody's."""
