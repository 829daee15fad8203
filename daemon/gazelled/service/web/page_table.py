"""All pages. It is loaded with the first one."""

from __future__ import annotations

from gazelled.service.web.models.config_page import config_page
from gazelled.service.web.models.deliveries_page import deliveries_page
from gazelled.service.web.models.event_page import event_page
from gazelled.service.web.models.feeds_page import feeds_page
from gazelled.service.web.models.log_page import log_page
from gazelled.service.web.models.overview_page import overview
from gazelled.service.web.models.plugins_page import plugins_page
from gazelled.service.web.models.watch_page import watch_page
from gazelled.service.web.web_page import WebPage

PAGES: tuple[WebPage, ...] = (
    WebPage("/", "overview.html", overview),
    WebPage("/watches/{name}", "watch.html", watch_page),
    WebPage("/event", "event.html", event_page),
    WebPage("/deliveries", "deliveries.html", deliveries_page),
    WebPage("/feeds", "feeds.html", feeds_page),
    WebPage("/plugins", "plugins.html", plugins_page),
    WebPage("/config", "config.html", config_page),
    WebPage("/log", "log.html", log_page),
)
"""Every page, by its address; of two that fit, the first one counts."""
