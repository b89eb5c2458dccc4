"""The billing run: read columns, rate them, sort out, write once. One chunk is one transaction."""
