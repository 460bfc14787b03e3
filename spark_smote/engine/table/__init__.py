"""The user's table: its schema, labels, features and categories."""
