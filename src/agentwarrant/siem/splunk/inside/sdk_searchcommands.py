"""Takes the place of the SDK's own list of its search commands: what a streaming command needs.

The modules named here are the SDK's, unchanged (LICENSE beside its folder).
"""

from splunklib.searchcommands.environment import (  # isort: skip
    app_file,
    app_root,
    logging_configuration,
    splunk_home,
    splunklib_logger,
)
from splunklib.searchcommands.decorators import Configuration, Option  # isort: skip
from splunklib.searchcommands.validators import Boolean, Validator  # isort: skip
from splunklib.searchcommands.streaming_command import StreamingCommand  # isort: skip
from splunklib.searchcommands.search_command import SearchMetric, dispatch  # isort: skip

__all__ = (
    "Boolean",
    "Configuration",
    "Option",
    "SearchMetric",
    "StreamingCommand",
    "Validator",
    "app_file",
    "app_root",
    "dispatch",
    "logging_configuration",
    "splunk_home",
    "splunklib_logger",
)
