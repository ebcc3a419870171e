"""The drill: an incident on running systems or on stand-ins, from the post to the way back."""
