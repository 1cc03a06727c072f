"""Mail, chat and push services, through Apprise.

What is handed over is a title and a body, as plain text, or HTML for mail; feed text is never a URL, a tag, a template or an
attachment (rule O6), and Apprise expands neither escapes nor emoji names in it.
"""

from __future__ import annotations

import logging
from typing import Any

import apprise

from ingest.alerts.channel import hush_apprise, without_secrets
from ingest.alerts.message import Message
from ingest.alerts.retry import Sent

_MAIL = ("mailto", "mailtos")


def _mail(url: str, asset: apprise.AppriseAsset) -> Any:
    """The plugin for mail by itself: by the URL, Apprise would load all of its plugins first, a second of work."""
    from apprise.plugins.email import NotifyEmail  # noqa: PLC0415

    plugin: Any = NotifyEmail
    found = plugin.parse_url(url)
    try:
        return plugin(asset=asset, **found) if found else url
    except TypeError:  # what Apprise's own look-up makes of it is the answer then
        return url


def send(url: str, message: Message) -> Sent:
    """One try. Apprise tells no cause that a program could read, so every fault may be tried again."""
    hush_apprise()
    asset = apprise.AppriseAsset(
        app_id="Newsflow",
        app_desc="Newsflow",
        app_url="",
        interpret_escapes=False,
        interpret_emojis=False,
        secure_logging=True,
        storage_mode=apprise.PersistentStoreMode.MEMORY,
        plugin_paths=[],
    )
    service = apprise.Apprise(asset=asset)
    if not service.add(_mail(url, asset) if url.lower().startswith(_MAIL) else url):
        return Sent("Apprise does not take the channel's URL any more", final=True)
    as_html = url.lower().startswith(_MAIL)
    try:
        result = service.notify(
            title=message.subject,
            body=message.html if as_html else message.text,
            body_format=apprise.NotifyFormat.HTML if as_html else apprise.NotifyFormat.TEXT,
            log_level=logging.WARNING,
        )
    except Exception as error:  # noqa: BLE001  # over a hundred plugins: none may stop the other channels
        return Sent(f"the service's plugin failed: {type(error).__name__}")
    if result:
        return Sent()
    said = [entry.message for entry in result.logs()]
    return Sent(without_secrets(said[-1] if said else "the service did not take the message", url)[:200])
