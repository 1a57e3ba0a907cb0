"""What a profile may say, as data that is checked."""

from superficial.config.external import Hub, Tuned
from superficial.config.lab import SPLITS, Finetuned, Pretrained, Shape, Training, TransferredHead, World
from superficial.config.profile import Profile, load_profile
from superficial.config.reported import Comparison, Sensitivity

__all__ = [
    "SPLITS",
    "Comparison",
    "Finetuned",
    "Hub",
    "Pretrained",
    "Profile",
    "Sensitivity",
    "Shape",
    "Training",
    "TransferredHead",
    "Tuned",
    "World",
    "load_profile",
]
