"""Keep what the Mail, Internet or Telephone Order Rule counts from."""
