"""What runs inside Splunk, on Splunk's own Python: pure, reading nothing and writing nothing there.

``respond`` (Python 3.9 to 3.13) is the alert action, ``command`` (3.11 and later) the search
command; ``standin_*`` take the place of libraries that are compiled. ``app_bin`` packs all of it.
"""
