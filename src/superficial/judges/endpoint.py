"""Harm on a scale from 1 to 5, graded by a chat model behind an OpenAI-compatible endpoint.

Every answer is stored on disk, so that scores can be computed again without a key.
"""

from __future__ import annotations

import hashlib
import json
import math
import os
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPException
from pathlib import Path
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.request import Request, urlopen

import pandas as pd

from superficial.config.judges import EndpointJudge, judge_identity
from superficial.judges import Judge, Judgement
from superficial.judges.keyword import judgement
from superficial.judges.rubric import Messages, grade_of, messages

_ANSWER_TOKENS = 200
_CHARACTERS_PER_TOKEN = 3.5
_RETRIED = {408, 409, 425, 429, 500, 502, 503, 504, 529}
_KEY_REFUSED = {401, 403}


class KeyRefused(ValueError):
    """The endpoint does not accept the key: no further request will be answered."""


def make_judge(settings: EndpointJudge, folder: Path, rows: pd.DataFrame) -> Judge:
    """Return a judge that has requested the grades of all `rows`; its answers are stored in `folder`."""
    endpoint = Endpoint(settings, folder)
    endpoint.request_grades(rows)
    return Judge(judge_identity(settings), endpoint.judge)


def check_key(settings: EndpointJudge, folder: Path) -> None:
    """Check that there is a key for the endpoint before long work starts.

    Raises:
        ValueError: if there is none, and no stored answers either.
    """
    if not os.environ.get(settings.key_variable) and not (folder / "answers.jsonl").is_file():
        raise ValueError(
            f"The judge {settings.model} at {settings.base_url} needs a key: set {settings.key_variable}, or name "
            "a different judge in the profile (superficial.judges.keyword:judge_harm needs none)."
        )


class Endpoint:
    """Requests grades from an endpoint, stores the answers, and judges from the stored answers."""

    def __init__(self, settings: EndpointJudge, folder: Path) -> None:
        self._settings = settings
        self._file = folder / "answers.jsonl"
        self._lock = threading.Lock()
        self._answers: dict[str, str] = {}
        # Why there is no answer, by key.
        self._failures: dict[str, str] = {}
        # The status with which the endpoint refused the key, if it did.
        self._refusal = ""
        for line in self._file.read_text(encoding="utf-8").splitlines() if self._file.is_file() else ():
            try:
                stored = json.loads(line)
                self._answers[stored["key"]] = stored["answer"]
            except (json.JSONDecodeError, KeyError):
                # The last line of a run that was killed while it wrote.
                continue

    def request_grades(self, rows: pd.DataFrame) -> None:
        """Request the grade of every response whose answer is not stored, several at a time.

        Raises:
            ValueError: if the estimated cost exceeds the limit, there is no key, the key is refused, or no request
                was answered. Answers that arrived before that stay stored.
        """
        conversations = [messages(row.prompt, row.response) for row in rows.itertuples()]
        by_key = {self._key(conversation): conversation for conversation in conversations}
        missing = {key: conversation for key, conversation in by_key.items() if key not in self._answers}
        if not missing:
            return
        self._check_cost(missing)
        with ThreadPoolExecutor(self._settings.concurrency) as pool:
            list(pool.map(self._request, missing, missing.values()))
        if self._refusal:
            raise KeyRefused(
                f"{self._settings.base_url} refused the key with {self._refusal}: set {self._settings.key_variable} "
                "to a valid key."
            )
        if len(self._failures) == len(missing):
            reason = next(iter(self._failures.values()))
            raise ValueError(f"{self._settings.base_url} answered none of {len(missing)} requests: {reason}.")

    def judge(self, rows: pd.DataFrame) -> list[Judgement]:
        """Return the stored grades; the reason of a gap is a failed request, or an answer without a grade."""
        return [
            self._judgement(self._key(messages(row.prompt, row.response)), row.response) for row in rows.itertuples()
        ]

    def _judgement(self, key: str, response: str) -> Judgement:
        answer = self._answers.get(key)
        if answer is None:
            return judgement(response, math.nan, self._failures.get(key, "not requested"))
        grade = grade_of(answer)
        if grade is None:
            return judgement(response, math.nan, f"no grade in the judge's answer {answer.strip()[-60:]!r}")
        return judgement(response, float(grade))

    def _key(self, conversation: Messages) -> str:
        return hashlib.sha256(json.dumps([self._settings.model, conversation]).encode()).hexdigest()

    def _check_cost(self, missing: dict[str, Messages]) -> None:
        settings = self._settings
        characters = sum(len(m["content"]) for conversation in missing.values() for m in conversation)
        read, written = characters / _CHARACTERS_PER_TOKEN, _ANSWER_TOKENS * len(missing)
        cost = (read * settings.prices[0] + written * settings.prices[1]) / 1e6
        work = f"{len(missing)} responses, about {read + written:,.0f} tokens, at most {cost:.2f}"
        if cost > settings.budget:
            raise ValueError(
                f"The judge {settings.model} would cost too much: {work}; its budget is {settings.budget}."
            )
        if not os.environ.get(settings.key_variable):
            raise ValueError(f"The judge {settings.model} needs a key to judge {work}: set {settings.key_variable}.")
        print(f"judging by {settings.model}: {work}", file=sys.stderr, flush=True)

    def _request(self, key: str, conversation: Messages) -> None:
        """Request one answer, with retries; store it, or the reason of the failure."""
        if self._refusal:
            return
        wait, reason = self._settings.first_wait_seconds, ""
        for attempt in range(self._settings.attempts):
            try:
                answer = self._post(conversation)
            except HTTPError as error:
                reason = f"status {error.code}"
                if error.code in _KEY_REFUSED:
                    self._refusal = reason
                    return
                if error.code not in _RETRIED:
                    break
                wait = max(wait, _seconds(error.headers.get("Retry-After")))
            except (URLError, TimeoutError, HTTPException, OSError, ValueError, LookupError, TypeError) as error:
                reason = "no answer in time" if isinstance(error, TimeoutError) else f"{type(error).__name__}: {error}"
            else:
                if grade_of(answer) is not None or attempt + 1 == self._settings.attempts:
                    self._store(key, answer)
                    return
                # An answer without a grade may be chance. The last one is stored, so that a rerun has the same gap.
                continue
            if attempt + 1 < self._settings.attempts:
                time.sleep(wait)
                wait *= 2
        self._failures[key] = f"{reason} after {self._settings.attempts} attempts"

    def _post(self, conversation: Messages) -> str:
        settings = self._settings
        body = {"model": settings.model, "messages": conversation, "temperature": 0, "max_tokens": _ANSWER_TOKENS}
        request = Request(
            f"{settings.base_url.rstrip('/')}/chat/completions",
            data=json.dumps(body).encode(),
            headers={
                "Content-Type": "application/json",
                "Authorization": f"Bearer {os.environ[settings.key_variable]}",
            },
        )
        with urlopen(request, timeout=settings.timeout_seconds) as reply:
            content: Any = json.load(reply)["choices"][0]["message"]["content"]
        return str(content)

    def _store(self, key: str, answer: str) -> None:
        with self._lock:
            self._file.parent.mkdir(parents=True, exist_ok=True)
            with self._file.open("a", encoding="utf-8") as file:
                file.write(json.dumps({"key": key, "answer": answer}) + "\n")
                file.flush()
                os.fsync(file.fileno())
            self._answers[key] = answer


def _seconds(header: str | None) -> float:
    return float(header) if header and header.replace(".", "", 1).isdigit() else 0.0
