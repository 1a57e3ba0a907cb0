"""Every benchmark prints its record, and writes it only to the file it is given."""

import json

from bench.records import argument_parser, date_and_machine, publish


def test_a_record_is_printed_and_written_only_where_told(tmp_path, capsys):
    record = date_and_machine() | {"seconds": 1.5}
    publish(record, argument_parser("").parse_args([]).out)
    assert json.loads(capsys.readouterr().out) == record
    file = tmp_path / "record.json"
    publish(record, argument_parser("").parse_args(["--out", str(file)]).out)
    assert json.loads(file.read_text()) == json.loads(capsys.readouterr().out) == record
    assert list(tmp_path.iterdir()) == [file]
