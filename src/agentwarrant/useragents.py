"""What kind of program a user agent says it is: an agent, an SDK, a command line, a browser."""

from __future__ import annotations

import re
from functools import lru_cache

from agentwarrant.runtimes import runtimes

_LONGEST = 1024
_CLI = re.compile(
    r"(?:^|[\s;(\[/+_-])(?:curl|wget|httpie|xh|git|gh|kubectl|helm|docker|terraform|opentofu|pulumi"
    r"|ansible|npm|pip|gcloud|gsutil|rclone|s3cmd|eksctl|[\w.]{1,24}-cli|azurecli|[\w.]{0,24}powershell"
    r"|aws-cli|github cli|azure cli|microsoft azure cli|google-cloud-sdk|ssh|putty|openssh)"
    r"(?:[/ _)]|$)"
)
_SDK = re.compile(
    r"sdk|boto|requests/|httpx|aiohttp|urllib|go-http-client|axios|node-fetch|undici|okhttp|^java/"
    r"|http-?client|octokit|faraday|guzzle|libwww|reqwest|hyper/|dart/|google-api|msal|postmanruntime"
    r"|headlesschrome|puppeteer|playwright|selenium|phantomjs|webdriver|^(?:node|python|ruby|php|perl)\b"
    r"|grpc|got[ /(]|^ktor|^deno/|^bun/"
)
_BROWSER = re.compile(
    r"firefox/|chrome/|crios/|fxios/|safari/|edg(?:e|a|ios)?/|opr/|opera|applewebkit/|gecko/\d|trident/"
    r"|msie |s3console|console\.amazonaws\.com"
)


@lru_cache(maxsize=8192)
def client_kind(user_agent: str) -> str:
    """Return ``agent``, ``sdk``, ``cli``, ``browser`` or ``unknown``.

    A user agent is what a program says of itself; who means ill may say anything.
    """
    said = user_agent[:_LONGEST].lower()
    known = runtimes()
    name = next((name for part, name in known.user_agents.items() if part in said), "")
    if name:
        return "sdk" if name in known.libraries else "agent"
    if _CLI.search(said):
        return "cli"
    if _SDK.search(said):
        return "sdk"
    return "browser" if _BROWSER.search(said) else "unknown"
