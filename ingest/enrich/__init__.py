"""What is found out about an article after extraction: its language, the names in it, its length."""
