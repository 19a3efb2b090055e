"""The Chromium of this machine: the browser tests drive it."""

import shutil

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


def installed_browser() -> str | None:
    return next((path for name in NAMES if (path := shutil.which(name))), None)
