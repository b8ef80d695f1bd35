"""PostgreSQL: the pool, named statements and migrations."""
