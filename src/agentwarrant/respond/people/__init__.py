"""People: their keys, what they are asked, and what they said."""
