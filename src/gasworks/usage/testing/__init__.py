"""Objects of this domain for tests."""
