"""Files of toolchains that were written anew and make the same: each counts as it was before.

A toolchain's files are in the keys of what it makes, so that a change of how images are made has
them made anew. One that changes only how they are looked for must not. Whoever changes such a file
again takes its line away.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from toolchains.cache import file_key

# File, SHA-256 as it is, and as it counts.
REWRITTEN: Mapping[str, tuple[str, str]] = {
    "kraft/__init__.py": (
        "a43302c474647adaa3149e540edefda6ee6cf41277881225c6cd1ed1e55e143d",
        "1e1390f77baccfd0351730c25d6e42e6ef2ba8ffbcfc387699ce17e112660d59",
    ),
    "linux/__init__.py": (
        "30828cc53d2d565b5b99385bfec42c0ab1616a93a1aafe4a07410886555bc6dc",
        "dfbb8400fad757df345bcd263243ac78cf3eed77ac11059e71d58c5416496e97",
    ),
    "linux/buildroot.py": (
        "903e93d98dac7a54c858c0e7d84e988ed7e0cb59fff549c637f957e5322bea13",
        "8d97346865dd700fbf1a5c081378981b8c5a89252b81c68c74068594892e55a9",
    ),
    "linux/container/__init__.py": (
        "33f6129ce509b68c946cec5ded1ca836f9cba56bcefbbb6d7ab27abd18d7754b",
        "f552ceda3fe3427fb345dbdf31f1f446c18c9c125fddcd3dd5b83c5aa26bd26a",
    ),
    "linux/container/guest.py": (
        "cfccd934057f4fe29532c4c6454ba3d5b7999e8e4e4d773c5ff0d6d6a083cd30",
        "a81b81985ad93d10fd5b6f8b364d6b9f5fb6b4721c60516ac7aca1ed9dff4a54",
    ),
    "linux/images.py": (
        "112360f15b43b16362d1034a42e1cce1f030f563d190ac23276d50c8068ce3bf",
        "8d0c4c0edda44231f594d49d316652e495b5168c7ae08174ab3b0b42da227120",
    ),
    "ops/__init__.py": (
        "2affbae8eecb7d631398131f7ea9a7b7943b80ef694ea1b73f17cbb4514129f3",
        "322735b9176abf58018ea4b18451306706a41e39b3d2f69cb4e2c060e90ec396",
    ),
    "unik/__init__.py": (
        "0820991a64c619fb04e3c8729bebff47a0dbe3560d8a460906a677cb6b88579a",
        "601efc23a6071edbcadf41c5a85c90c064c8ef226f2aec181860d810e40e516a",
    ),
}
_COUNTS_AS = dict(REWRITTEN.values())


def code_key(file: Path) -> str:
    """Hash a file of a toolchain, or what it was before it was written anew."""
    key = file_key(file)
    return _COUNTS_AS.get(key, key)
