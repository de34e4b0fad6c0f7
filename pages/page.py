"""One HTML file that asks for nothing from anywhere, so that it works offline and by mail."""

from __future__ import annotations

from importlib.resources import files

from pages.html import Html, element, join, text

POLICY = "default-src 'none'; style-src 'unsafe-inline'"
"""Should markup slip through all the same, the browser neither runs nor fetches anything."""


def page(title: str, styles: str, *parts: Html, language: str) -> str:
    """The whole file, with the style sheet of that name in this room."""
    head = element(
        "head",
        Html('<meta charset="utf-8">'),
        Html('<meta name="viewport" content="width=device-width, initial-scale=1">'),
        Html(f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">'),
        element("title", text(title)),
        element("style", Html(files("pages").joinpath(styles).read_text("utf-8"))),
    )
    body = element("body", join(*parts))
    return f"<!doctype html>\n{element('html', head, body, lang=language)}\n"
