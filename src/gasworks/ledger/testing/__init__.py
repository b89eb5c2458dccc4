"""Books for the tests of every domain that moves money."""
