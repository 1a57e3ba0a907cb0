"""The tests that compute with torch.

`tests/conftest.py` gives them the marker `numeric`; `tests/robustness/test_processors.py` runs them with the kernels of
other processors.
"""

# Files, and folders with all their files, relative to the repository.
NUMERIC = (
    "tests/alignment/",
    "tests/bench/test_against_reference.py",
    "tests/bench/test_gpu.py",
    "tests/bench/test_reference.py",
    "tests/bench/test_solver.py",
    "tests/depth/",
    "tests/distillation/",
    "tests/heads/",
    "tests/judges/test_models.py",
    "tests/lab/test_architectures.py",
    "tests/lab/test_blocks.py",
    "tests/lab/test_tokenizer.py",
    "tests/lab/test_training.py",
    "tests/models/test_architectures.py",
    "tests/models/test_batching.py",
    "tests/models/test_checks.py",
    "tests/models/test_completeness.py",
    "tests/models/test_conversion.py",
    "tests/models/test_device.py",
    "tests/models/test_evaluation.py",
    "tests/models/test_end_tokens.py",
    "tests/models/test_generation.py",
    "tests/models/test_generation_settings.py",
    "tests/models/test_harness.py",
    "tests/models/test_identity.py",
    "tests/models/test_likelihood.py",
    "tests/models/test_limits.py",
    "tests/models/test_loading.py",
    "tests/models/test_package.py",
    "tests/models/test_placement.py",
    "tests/models/test_rope.py",
    "tests/models/test_shared_prefix.py",
    "tests/models/test_states.py",
    "tests/pair_report/test_report.py",
    "tests/neighbours/",
    "tests/repro/cli/test_heads.py",
    "tests/test_extraction.py",
    "tests/traces/",
    "tests/workflow/test_stages_on_gpu.py",
)
# They import torch for its tensors alone.
NOT_NUMERIC = (
    "tests/examples/test_pretrained.py",
    "tests/repro/cli/test_doctor.py",
    "tests/robustness/",
    "tests/workflow/test_crate.py",
)
