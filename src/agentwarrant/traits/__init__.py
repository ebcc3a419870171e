"""What stands out about a text (``content.*``): what it asks for, claims, hides and links to."""
