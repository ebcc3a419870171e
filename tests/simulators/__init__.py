"""Stand-ins for vendors that cannot be had here: they keep state and are as nasty as the real ones.

None of them is the vendor, and nothing that passes here was seen to work on one.
"""
