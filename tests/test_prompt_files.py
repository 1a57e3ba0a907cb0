"""Reading prompts from a user's file, in the formats that people have."""

import csv
import json

import pytest

from superficial.prompt_files import read_prompts

PROMPTS = [
    "How many?",
    'Say "ü", please; or, not.',
    "[INST] a [/INST]",
    "one\u2028line\x0cwith\x85ends",
    "{x} = ?",
    "😀",
]
UTF8_BOM = b"\xef\xbb\xbf"


def as_csv(delimiter: str, line_end: str) -> str:
    lines = [["id", "prompt"], *([str(n), prompt] for n, prompt in enumerate(PROMPTS))]
    quoted = [delimiter.join('"{}"'.format(cell.replace('"', '""')) for cell in line) for line in lines]
    return line_end.join(quoted)


def as_jsonl(ensure_ascii: bool) -> str:
    return "\r\n\r\n".join(json.dumps({"id": 1, "prompt": prompt}, ensure_ascii=ensure_ascii) for prompt in PROMPTS)


CONTENTS = {
    "text": "\n".join(f" {prompt}\t" for prompt in PROMPTS) + "\n\n  \n",
    "text of Windows": "\r\n".join(PROMPTS),
    "text of old Macs": "\r".join(PROMPTS),
    "JSONL": as_jsonl(True),
    "JSONL with any character": as_jsonl(False),
    "JSONL of texts": "\n".join(map(json.dumps, PROMPTS)),
    "array of objects": json.dumps([{"prompt": prompt} for prompt in PROMPTS], indent=1),
    "array of texts": json.dumps(PROMPTS),
    "CSV": as_csv(",", "\r\n"),
    "CSV of a spreadsheet": as_csv(";", "\r\n"),
    "TSV": as_csv("\t", "\n"),
}
SUFFIXES = {"t": ("", ".txt", ".TXT"), "J": (".jsonl", ".JSONL", ".json", ".txt"), "a": (".json", ".Jsonl", ".txt")}
SUFFIXES |= {"C": (".csv", ".CSV", ".txt"), "T": (".tsv", ".csv")}
CASES = [
    (name, suffix) for name in CONTENTS for suffix in SUFFIXES[name[0]] if (name, suffix) != ("JSONL of texts", ".txt")
]


@pytest.mark.parametrize("mark", [b"", UTF8_BOM])
@pytest.mark.parametrize(("name", "suffix"), CASES)
def test_the_same_prompts_are_read_from_every_format(tmp_path, name, suffix, mark):
    file = tmp_path / f"prompts{suffix}"
    file.write_bytes(mark + CONTENTS[name].encode())
    assert read_prompts(file) == PROMPTS


def test_what_other_programs_write_is_read(tmp_path):
    """The formats as the writers of Python's csv and pandas have them, with line breaks inside prompts."""
    import pandas as pd

    prompts = ["a\nb", " c, d ", "e\r\nf"]
    with (tmp_path / "a.csv").open("w", newline="") as file:
        csv.writer(file).writerows([["prompt"], *([prompt] for prompt in prompts)])
    pd.DataFrame({"prompt": prompts, "n": 1}).to_json(tmp_path / "b.jsonl", orient="records", lines=True)
    pd.DataFrame({"prompt": prompts, "n": 1}).to_json(tmp_path / "c.json", orient="records", indent=2)
    assert [read_prompts(tmp_path / name) for name in ("a.csv", "b.jsonl", "c.json")] == [prompts] * 3


def test_a_mark_between_joined_files_is_no_part_of_a_prompt(tmp_path):
    (tmp_path / "a.txt").write_bytes(UTF8_BOM + b"a\n" + UTF8_BOM + b"b\n")
    assert read_prompts(tmp_path / "a.txt") == ["a", "b"]


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.txt", b" \n\n", r"a\.txt has no prompts"),
        ("a.txt", UTF8_BOM, r"a\.txt has no prompts"),
        ("a.json", b"[]", r"a\.json has no prompts"),
        ("a.csv", b"id,prompt\n", r"a\.csv has no prompts"),
        ("a.txt", b"\xff", r"a\.txt is not UTF-8 text: .* at byte 0"),
        ("a.txt", "a\n".encode("utf-16"), r"a\.txt is not UTF-8 text: .* at byte 0"),
        ("a.txt", "a\n".encode("utf-16-le"), r"a\.txt is not UTF-8 text: it has a NUL at character 1"),
        ("a.txt", b"version https://git-lfs.github.com/spec/v1\noid sha256:0\n", r"a\.txt is a pointer of Git LFS"),
        ("a.parquet", b"PAR1", r"the suffix '\.parquet'; a file of prompts has one of \.txt, .*\.tsv, or none"),
        ("a.txt", b'["a",\n"b"', r"line 2 is not JSON: Expecting ',' delimiter"),
        ("a.txt", b'[\n"a"\n', r"line 3 is not JSON: Expecting ',' delimiter"),
        ("a.jsonl", b'{"prompt": "a"}\n\n{"text": "b"}', r"line 3 is neither .* field 'prompt'; its fields are 'text'"),
        ("a.jsonl", b'{"prompt": "a"}\n["b"]', r"line 2 is neither a text nor a JSON object with a field 'prompt'\."),
        ("a.jsonl", b'{"prompt": "a"}\nb', r"line 2 is not JSON: Expecting value"),
        ("a.jsonl", b"[" * 100_000, r"line 1 is not JSON: .*recursion"),
        ("a.json", b'["a", 3]', r"element 2 is neither a text nor a JSON object"),
        ("a.jsonl", b'{"prompt": " "}', r"line 1 has the prompt ' '; it must be a non-empty text"),
        ("a.json", b'[{"prompt": null}]', r"element 1 has the prompt None; it must be a non-empty text"),
        ("a.jsonl", b'{"prompt": "x\\ud83d"}', r"line 1 has half a character, \\ud83d, at position 1 of its text"),
        ("a.csv", b"id,text\n1,a\n", r"a\.csv has no column 'prompt': its first row is 'id,text'"),
        ("a.csv", b"", r"a\.csv has no column 'prompt'"),
        ("a.csv", b"id,prompt\n1,a, b\n", r"line 2 has 3 cells, the first row has 2: a prompt that contains ',' must"),
        ("a.csv", b'id,prompt\n1,"a\n', r"line 2 is not CSV: unexpected end of data"),
    ],
)
def test_a_bad_file_is_one_sentence(tmp_path, name, content, message):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(ValueError, match=message):
        read_prompts(tmp_path / name)
    with pytest.raises(ValueError, match=r"There is no file of prompts .*none\.txt"):
        read_prompts(tmp_path / "none.txt")
