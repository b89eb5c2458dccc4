"""A draft price order run over the gas that was really billed: what it would bring, and whom it would cost how much."""
