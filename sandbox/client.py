from __future__ import annotations

from collections.abc import Callable, Mapping
from io import BytesIO
from typing import Any, cast
from urllib.parse import urlsplit

from flask import Flask
from stripe import APIConnectionError, HTTPClient

Hook = Callable[[str, str], object]


class InProcessClient(HTTPClient):
    """The SDK's transport into a sandbox in the same process: `StripeClient(key, http_client=…)`.

    `before_call` is told method and URL of each request. A slow answer costs no time in here: what would take
    longer than `timeout` is an APIConnectionError at once, and the work is done all the same. What hangs, hangs in
    this thread until another one releases it.
    """

    name = "sandbox"

    def __init__(self, app: Flask, before_call: Hook | None = None, timeout: float = 80.0) -> None:
        super().__init__()
        self.app = app
        self.before_call = before_call
        self.timeout = timeout

    def request(
        self, method: str, url: str, headers: Mapping[str, str] | None, post_data: Any = None, **_: Any
    ) -> tuple[str, int, Mapping[str, str]]:
        if self.before_call is not None:
            self.before_call(method, url)
        parts = urlsplit(url)
        try:
            response = self.app.test_client(use_cookies=False).open(
                parts.path,
                method=method.upper(),
                query_string=parts.query,
                headers=dict(headers or {}),
                data=post_data,
                base_url=f"{parts.scheme}://127.0.0.1",
                environ_overrides={"sandbox.timeout": self.timeout},
            )
        except ConnectionError as error:
            words = f"Unexpected error communicating with Stripe: {error}"
            raise APIConnectionError(words, should_retry=True) from error  # type: ignore[no-untyped-call]
        return response.text, response.status_code, cast(Mapping[str, str], response.headers)

    def request_stream(
        self, method: str, url: str, headers: Mapping[str, str] | None, post_data: Any = None, **_: Any
    ) -> tuple[BytesIO, int, Mapping[str, str]]:
        body, status, answer_headers = self.request(method, url, headers, post_data)
        return BytesIO(body.encode()), status, answer_headers

    def close(self) -> None:
        """Nothing is held open."""
