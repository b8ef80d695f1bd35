"""Pure rules that decide which notices a customer gets, and in which words."""
