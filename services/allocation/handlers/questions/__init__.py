"""Answer questions: where a line stands, and what a change would do."""
