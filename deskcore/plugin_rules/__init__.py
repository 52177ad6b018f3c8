"""The rules that a plugin keeps, and how ``deskcore plugin check`` finds where one does not."""
