"""Extract and measure the superficial knowledge in alignment (Chen et al., NAACL 2025)."""

__version__ = "0.1.0"
