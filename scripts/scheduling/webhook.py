"""Tell a webhook how a run ended. The URL is a secret: it is in nothing that is written here."""

import logging

import requests
from requests.adapters import HTTPAdapter
from urllib3.util import Retry

ATTEMPTS = 4
TIMEOUT_SECONDS = 10.0
BACKOFF_SECONDS = 1.0
AGAIN = {408, 425, 429, 500, 502, 503, 504}


def send(
    url: str,
    body: dict,
    attempts: int = ATTEMPTS,
    timeout: float = TIMEOUT_SECONDS,
    backoff: float = BACKOFF_SECONDS,
) -> str | None:
    """Post a JSON body, again where the server is not there, too slow or says that it can't now.

    Args:
        url: where to; never followed elsewhere.
        body: what to post.
        attempts: how often to try at most.
        timeout: seconds to wait for an answer.
        backoff: seconds of the first pause; the pauses double.

    Gives None if it arrived, or why it did not. Raises nothing: a run is not to fail by this.
    """
    # it warns of each attempt, with the path of the URL
    logging.getLogger("urllib3").setLevel(logging.CRITICAL)
    again = Retry(
        total=attempts - 1,
        allowed_methods=None,
        status_forcelist=AGAIN,
        backoff_factor=backoff,
        raise_on_status=False,
        # else the server says how long this run takes
        respect_retry_after_header=False,
    )
    try:
        with requests.Session() as session:
            for scheme in ("http://", "https://"):
                session.mount(scheme, HTTPAdapter(max_retries=again))
            answer = session.post(url, json=body, timeout=timeout, allow_redirects=False)
    except Exception as error:
        # the error's own words have the URL in them
        reason = getattr(error.args[0] if error.args else None, "reason", error)
        return f"{type(reason).__name__} after {attempts} attempts"
    return None if 200 <= answer.status_code < 300 else f"the answer is HTTP {answer.status_code}"


def slack_text(text: str) -> str:
    """A text for Slack: what is in the data is no link, and calls nobody."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
