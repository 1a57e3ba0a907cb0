"""Profiles: what a reproduction is made of, as data that is checked before anything runs."""

from superficial.config.checkpoints import Hub, Package, Published, Tuned
from superficial.config.depth import Graft, Grafted
from superficial.config.draws import Draws
from superficial.config.heads import BlackBox, TransferredHead
from superficial.config.lab import Finetuned, Pretrained, Training, World
from superficial.config.loading import load_profile, profile_of_draw, profile_yaml
from superficial.config.profile import Profile
from superficial.config.reports import Attack, Comparison
from superficial.config.shapes import Shape
from superficial.config.studies import Sensitivity
from superficial.config.types import SPLITS

__all__ = [
    "SPLITS",
    "Attack",
    "BlackBox",
    "Comparison",
    "Draws",
    "Finetuned",
    "Graft",
    "Grafted",
    "Hub",
    "Package",
    "Pretrained",
    "Profile",
    "Published",
    "Sensitivity",
    "Shape",
    "Training",
    "TransferredHead",
    "Tuned",
    "World",
    "load_profile",
    "profile_of_draw",
    "profile_yaml",
]
