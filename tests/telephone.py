"""The product's way to Stripe, listened to."""

import threading
from threading import Barrier, Thread, current_thread
from typing import Any

import pytest
from flask import Flask


class Telephone:
    """Who calls, about what, and how many at once. During a meeting nobody is answered before all are there."""

    def __init__(self, app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
        self.line = app.config["STRIPE_TRANSPORT"]
        self.request = self.line.request
        self.lock = threading.Lock()
        self.meeting: Barrier | None = None
        self.callers: set[Thread] = set()
        self.calls: list[str] = []
        self.talking = self.most = 0
        monkeypatch.setattr(self.line, "request", self.call)

    def call(self, method: str, url: str, *rest: Any, **more: Any) -> Any:
        with self.lock:
            self.callers.add(current_thread())
            self.calls.append(url.split("/v1/")[1].split("?")[0])
            self.talking += 1
            self.most = max(self.most, self.talking)
        try:
            if self.meeting:
                self.meeting.wait()
            return self.request(method, url, *rest, **more)
        finally:
            with self.lock:
                self.talking -= 1

    def about(self, kind: str) -> list[str]:
        return [call for call in self.calls if call.startswith(kind)]
