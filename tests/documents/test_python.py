"""The Python code of the README runs as it is written, on two tiny checkpoints."""

import subprocess
import sys

from tests.documents.pages import code_blocks, text_of
from tests.support.tiny_models import tiny_model


def test_the_python_code_of_the_readme_runs(tmp_path, tokenizer, prompts):
    (code,) = code_blocks(text_of("README.md"), "python")
    for seed, name in enumerate(("base", "aligned")):
        tiny_model("llama", seed).save_pretrained(tmp_path / name)
        tokenizer.save_pretrained(tmp_path / name)
    (tmp_path / "prompts.txt").write_text("\n".join(prompts[:8]), encoding="utf-8")
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    before, after = map(float, done.stdout.split())
    assert after < before
    assert (tmp_path / "head" / "head.safetensors").is_file()
