"""CITATION.cff is a valid citation file, and .zenodo.json and the package say the same."""

import json
import tomllib

import yaml
from jsonschema import Draft202012Validator

from repro.engine.paths import ROOT
from superficial import __version__

CITATION = {
    "type": "object",
    "required": ["cff-version", "message", "title", "authors"],
    "properties": {
        "cff-version": {"const": "1.2.0"},
        "message": {"type": "string", "minLength": 1},
        "title": {"type": "string", "minLength": 1},
        "type": {"enum": ["software", "dataset"]},
        "version": {"type": ["string", "number"]},
        "license": {"type": "string"},
        "doi": {"$ref": "#/$defs/doi"},
        "date-released": {"type": "string", "format": "date"},
        "repository-code": {"type": "string", "format": "uri"},
        "keywords": {"type": "array", "items": {"type": "string"}, "minItems": 1},
        "abstract": {"type": "string"},
        "authors": {"$ref": "#/$defs/authors"},
        "preferred-citation": {
            "type": "object",
            "required": ["type", "title", "authors"],
            "properties": {
                "type": {"enum": ["article", "conference-paper", "proceedings"]},
                "title": {"type": "string", "minLength": 1},
                "doi": {"$ref": "#/$defs/doi"},
                "url": {"type": "string", "format": "uri"},
                "year": {"type": "integer"},
                "start": {"type": ["integer", "string"]},
                "end": {"type": ["integer", "string"]},
                "authors": {"$ref": "#/$defs/authors"},
            },
        },
    },
    "additionalProperties": False,
    "$defs": {
        "doi": {"type": "string", "pattern": r"^10\.\d{4,9}(\.\d+)?/[A-Za-z0-9:/_;\-\.\(\)\[\]\\]+$"},
        "authors": {
            "type": "array",
            "minItems": 1,
            "items": {
                "anyOf": [
                    {"required": ["name"], "properties": {"name": {"type": "string", "minLength": 1}}},
                    {
                        "required": ["family-names", "given-names"],
                        "properties": {"family-names": {"type": "string"}, "given-names": {"type": "string"}},
                    },
                ]
            },
        },
    },
}


def test_the_citation_file_is_valid():
    content = yaml.load((ROOT / "CITATION.cff").read_text(encoding="utf-8"), yaml.BaseLoader)  # noqa: S506
    # The base loader reads every scalar as text, so that dates stay texts. Numbers are converted back.
    content["preferred-citation"] |= {
        key: int(content["preferred-citation"][key])
        for key in ("year", "start", "end")
        if key in content["preferred-citation"]
    }
    Draft202012Validator.check_schema(CITATION)
    assert [error.message for error in Draft202012Validator(CITATION).iter_errors(content)] == []
    assert content["preferred-citation"]["doi"] == "10.18653/v1/2025.naacl-long.168"


def test_the_archive_and_the_package_agree_with_the_citation():
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    archive = json.loads((ROOT / ".zenodo.json").read_text(encoding="utf-8"))
    package = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert citation["version"] == archive["version"] == package["version"] == __version__
    assert citation["license"].lower() == archive["license"] == package["license"].lower()
    assert citation["title"] == archive["title"]
    paper = citation["preferred-citation"]
    assert all(len(author["given-names"].split()[0]) > 2 for author in paper["authors"])
    assert paper["doi"] in [related["identifier"] for related in archive["related_identifiers"]]
