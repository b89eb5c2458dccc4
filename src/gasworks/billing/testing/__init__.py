"""A small town to bill, for the tests of every domain above."""
