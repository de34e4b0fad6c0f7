"""HTML from values: what is not `Html` cannot get onto a page unescaped, the type checker sees to it."""

from __future__ import annotations

import html
from typing import NewType

Html = NewType("Html", str)
"""Markup that is safe to put on a page."""


def text(value: object) -> Html:
    """A value as text, every sign of markup in it escaped."""
    return Html(html.escape(str(value)))


def element(tag: str, *inner: Html, **attributes: str) -> Html:
    """An element; a trailing underscore is taken off an attribute's name (`class_`)."""
    written = "".join(
        f' {name.rstrip("_")}="{html.escape(value)}"' for name, value in attributes.items()
    )
    return Html(f"<{tag}{written}>{''.join(inner)}</{tag}>")


def join(*parts: Html) -> Html:
    """Parts one after the other, each on its own line of the source."""
    return Html("\n".join(parts))
