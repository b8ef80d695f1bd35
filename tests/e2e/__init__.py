"""One installation for all tests of this package; it is stopped when the last of them is over."""
