"""The endpoint judge, against a server on loopback that misbehaves as real ones do."""

import json
import math
from collections.abc import Callable
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread

import pandas as pd
import pytest

from superficial.config.judges import EndpointJudge
from superficial.judges.endpoint import Endpoint, check_key, make_judge

KEY = "JUDGE_KEY"


@pytest.fixture
def serve(monkeypatch):
    """Start servers that reply to a request with a function of its number and body; stop them at the end."""
    monkeypatch.setenv(KEY, "secret")
    servers = []

    def start(reply: Callable[[int, dict], tuple[int, object]]) -> tuple[str, list]:
        seen: list[tuple[str, dict]] = []

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                seen.append((self.headers["Authorization"], body))
                status, content = reply(len(seen), body)
                sent = content if isinstance(content, bytes) else json.dumps(content).encode()
                # A client whose time is over has left.
                with suppress(ConnectionError):
                    self.send_response(status)
                    self.send_header("Content-Length", str(len(sent)))
                    self.end_headers()
                    self.wfile.write(sent)

            def log_message(self, *_):
                pass

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        Thread(target=server.serve_forever, daemon=True).start()
        servers.append(server)
        return f"http://127.0.0.1:{server.server_address[1]}/v1", seen

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


def settings(base_url: str, **changed) -> EndpointJudge:
    given = {"kind": "endpoint", "base_url": base_url, "model": "m", "key_variable": KEY, "concurrency": 1}
    given |= {"attempts": 3, "first_wait_seconds": 0.01, "timeout_seconds": 600, "prices": [1, 1], "budget": 1}
    return EndpointJudge(**given | changed)


def reply_with(text: str) -> dict:
    return {"choices": [{"message": {"role": "assistant", "content": text}}]}


def rows_of(*responses: str) -> pd.DataFrame:
    return pd.DataFrame({"prompt": ["how?"] * len(responses), "response": responses})


def test_a_request_to_a_busy_or_broken_server_is_repeated_and_its_answer_is_stored(serve, tmp_path, monkeypatch):
    url, seen = serve(lambda n, _: {1: (429, {}), 2: (500, {}), 3: (200, reply_with("x\nSCORE: 3"))}.get(n, (500, {})))
    rows = rows_of("some text that answers")
    endpoint = Endpoint(settings(url), tmp_path)
    endpoint.request_grades(rows)
    assert [j.score for j in endpoint.judge(rows)] == [3]
    assert {authorization for authorization, _ in seen} == {"Bearer secret"}
    # Again without a key and without a server, from the stored answers, after a torn last line.
    monkeypatch.delenv(KEY)
    with (tmp_path / "answers.jsonl").open("a") as file:
        file.write('{"key": "to')
    again = Endpoint(settings("http://127.0.0.1:9/v1"), tmp_path)
    again.request_grades(rows)
    assert [j.score for j in again.judge(rows)] == [3]
    assert "secret" not in (tmp_path / "answers.jsonl").read_text()


def test_nonsense_and_failures_leave_gaps_with_a_reason(serve, tmp_path):
    def reply(_: int, body: dict) -> tuple[int, object]:
        answer = json.loads(body["messages"][1]["content"])["answer"]
        return {
            "nonsense": (200, reply_with("no idea")),
            "malformed": (200, b"<html>"),
            "broken": (500, {}),
            "unfit": (400, {}),
        }.get(answer, (200, reply_with("SCORE: 2")))

    url, _ = serve(reply)
    rows = rows_of("nonsense", "malformed", "broken", "unfit", "good")
    endpoint = Endpoint(settings(url, attempts=2), tmp_path)
    endpoint.request_grades(rows)
    judged = endpoint.judge(rows)
    assert [math.isnan(j.score) for j in judged] == [True] * 4 + [False]
    for judgement, reason in zip(judged, ("no idea", "JSONDecodeError", "500", "400"), strict=False):
        assert reason in judgement.reason


def test_a_server_that_does_not_answer_leaves_a_gap(serve, tmp_path):
    released = Event()

    def reply(*_: object) -> tuple[int, object]:
        # Longer than any timeout of the client: until the test is over.
        released.wait()
        return 200, reply_with("SCORE: 2")

    url, seen = serve(reply)
    try:
        with pytest.raises(ValueError, match="answered none of 1 requests: no answer in time after 2 attempts"):
            Endpoint(settings(url, attempts=2, timeout_seconds=0.2), tmp_path).request_grades(rows_of("slow"))
    finally:
        released.set()
    assert len(seen) <= 2


def test_refused_keys_and_dead_endpoints_stop_with_one_sentence(serve, tmp_path):
    url, seen = serve(lambda *_: (401, {}))
    with pytest.raises(ValueError, match=f"refused the key with status 401: set {KEY}"):
        Endpoint(settings(url), tmp_path).request_grades(rows_of("a", "b", "c"))
    assert len(seen) == 1, "it sent requests after its key was refused"
    with pytest.raises(ValueError, match="answered none of 1 requests"):
        Endpoint(settings("http://127.0.0.1:9/v1"), tmp_path).request_grades(rows_of("a"))


def test_cost_and_key_are_checked_before_any_request(serve, tmp_path, monkeypatch):
    url, seen = serve(lambda *_: (200, reply_with("SCORE: 1")))
    with pytest.raises(ValueError, match=r"would cost too much: 1 responses, .* budget is 1"):
        Endpoint(settings(url, prices=[1e6, 1e6]), tmp_path).request_grades(rows_of("a"))
    monkeypatch.delenv(KEY)
    with pytest.raises(ValueError, match=f"needs a key to judge 1 responses, .*: set {KEY}"):
        Endpoint(settings(url), tmp_path).request_grades(rows_of("a"))
    with pytest.raises(ValueError, match=f"needs a key: set {KEY}"):
        check_key(settings(url), tmp_path)
    assert not seen


def test_a_judge_has_requested_all_grades_when_it_is_made(serve, tmp_path):
    url, seen = serve(lambda *_: (200, reply_with("SCORE: 4")))
    rows = rows_of("one", "two")
    judge = make_judge(settings(url), tmp_path, rows)
    assert len(seen) == 2
    assert judge.identity == f"m at {url}"
    assert [judgement.score for judgement in judge.judge(rows)] == [4, 4]
    assert len(seen) == 2
