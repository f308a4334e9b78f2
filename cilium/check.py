# (C) Cilium integration authors 2026-present
# All rights reserved
# Licensed under a 3-clause BSD style license (see LICENSE)
from __future__ import annotations

from collections.abc import Sequence
from threading import Thread
from time import monotonic

from datadog_checks.base import OpenMetricsBaseCheckV2
from datadog_checks.base.errors import CheckException

from .configuration import check_credentials, check_numbers, endpoints_of, patience, scraper_config
from .messages.secrets import without_query
from .options.legacy import with_options_of_today
from .options.names import unmatched
from .scraping.endpoint import Endpoint
from .scraping.interpreter import Interpreter
from .scraping.scraper import Scraper

NAMES_DIFFER = (
    'Metrics have the names and types of `use_openmetrics: true`. If the bundled check ran without that option, many '
    'names change: docs/migration.md of this integration lists them, and what to do'
)


class CiliumCheck(OpenMetricsBaseCheckV2):
    """
    Collects the metrics of Cilium's components, with one scraper for each configured endpoint.

    `components.py` defines the components and what they expose.
    """

    __NAMESPACE__ = 'cilium'

    # A node with Hubble metrics by pod has tens of thousands of series. `max_returned_metrics` sets a limit.
    DEFAULT_METRIC_LIMIT = 0

    def configure_scrapers(self) -> None:
        """Create a scraper for each endpoint of the instance. Raises `ConfigurationError` for an unusable option."""
        instance, replaced = with_options_of_today(self.instance)
        check_numbers(instance, self.init_config)
        check_credentials(instance, self.init_config)
        if replaced:
            self.log.info('Options of the legacy implementation are translated: %s', ', '.join(replaced))
        if 'use_openmetrics' not in instance:
            self.log.info(NAMES_DIFFER)
        self.scrapers = {}
        for url, component in endpoints_of(instance).items():
            config = scraper_config(component, url, instance, self.init_config)
            interpreter = Interpreter(self, component, config)
            self.scrapers[url] = Scraper(self, interpreter, Endpoint(self, config, interpreter.accept))
        self._patience = patience(instance, self.init_config)
        self._scrapes: dict[str, Scrape] = {}
        """Running scrapes, by URL."""
        self._told_of_names = False

    def check(self, _: object) -> None:
        """
        Scrape every endpoint, independently of the others.

        Each scrape has a thread. A slow one continues in it while the next runs collect the other endpoints. Raises a
        single `CheckException` at the end, with every endpoint that failed or is still pending, and why.
        """
        late = self._begin_scrapes(end := monotonic() + self._patience)
        failures: dict[str, str] = {}
        for url, scrape in ((url, self._scrapes[url]) for url in self.scrapers):
            scrape.join(max(0.0, end - monotonic()))
            if scrape.is_alive():
                failures[url] = late.get(url) or scrape.pending
                continue
            del self._scrapes[url]
            if failure := scrape.failure or late.get(url):
                failures[url] = failure
            self._tell_of_series(self.scrapers[url])
        self._tell_of_unmatched_names()
        version = next((scraper.version for scraper in self.scrapers.values() if scraper.version), '')
        if version:
            self.set_metadata('version', version)
        if failures:
            count = f'{len(failures)} of {len(self.scrapers)} endpoints could not be scraped'
            lines = (
                f'`{self.scrapers[url].component.option}` {without_query(url)}: {reason}'
                for url, reason in failures.items()
            )
            raise CheckException('\n'.join((f'{count}:', *lines)))

    def _begin_scrapes(self, end: float) -> dict[str, str]:
        """
        Start a scrape of each endpoint that has none running, one after the other as long as they are quick.

        Return, by URL, why scrapes of earlier runs failed that have ended since.
        """
        share = (end - monotonic()) / len(self.scrapers)
        late = {
            url: scrape.failure for url, scrape in self._scrapes.items() if not scrape.is_alive() and scrape.failure
        }
        for url, scraper in self.scrapers.items():
            if url in self._scrapes and self._scrapes[url].is_alive():
                continue
            scrape = self._scrapes[url] = Scrape(scraper)
            scrape.start()
            # In a fixed order, so that `max_returned_metrics` leaves out the same ones in each run.
            scrape.join(max(0.0, min(share, end - monotonic())))
        return late

    def _tell_of_series(self, scraper: Scraper) -> None:
        """Submit the number of series of an endpoint's last scrape, unless it failed: they are what Datadog counts."""
        if scraper.numbers is None:
            return
        tags = scraper.interpreter.static_tags
        self.gauge('scrape.series.submitted', scraper.numbers.submitted, tags=tags)
        if scraper.interpreter.left_out.families:
            self.gauge('scrape.series.left_out', scraper.numbers.left_out, tags=tags)

    def _tell_of_unmatched_names(self) -> None:
        """Log names in options that match no family, once, after all endpoints were scraped."""
        families = [scraper.families for scraper in self.scrapers.values()]
        if self._told_of_names or not all(families):
            return
        self._told_of_names = True
        for names in unmatched(self.instance, frozenset().union(*families)):
            self.log.info('No endpoint of this instance has families with these names from the option %s', names)

    def cancel(self) -> None:
        """Abort running scrapes when the Agent unschedules the check."""
        for scraper in self.scrapers.values():
            scraper.cancel()

    # Not part of what the base package documents. It was checked in datadog-checks-base 37.22.0 to 38.7.0. It copies
    # and converts the tags of each submission, which takes longer than all else that a remembered series costs. Tags
    # that are remembered are strings, and in a tuple. Everybody else gives lists, or tuples of strings too.
    def _normalize_tags_type(
        self, tags: Sequence[str | bytes | None], device_name: str | None = None, metric_name: str | None = None
    ) -> Sequence[str]:
        if type(tags) is tuple and not device_name and not self.disable_generic_tags:
            return tags
        normalized: list[str] = super()._normalize_tags_type(
            tags,
            device_name,  # type: ignore[arg-type]  # Its type there is `str`, and its default None.
            metric_name,  # type: ignore[arg-type]  # The same.
        )
        return normalized


class Scrape(Thread):
    """One scrape of an endpoint."""

    def __init__(self, scraper: Scraper) -> None:
        super().__init__(name=f'scrape of {scraper.component.option}', daemon=True)
        self._scraper = scraper
        self._begin = monotonic()
        self.failure = ''
        """Why the scrape failed, once it has ended. Empty if it succeeded."""

    def run(self) -> None:
        try:
            self._scraper.scrape()
        except Exception as e:
            self._scraper.log.debug('The scrape of `%s` failed', self._scraper.component.option, exc_info=True)
            self.failure = self._scraper.explain(e)

    @property
    def pending(self) -> str:
        """The failure to report while the scrape is running."""
        return f'no complete response after {monotonic() - self._begin:.0f} seconds. The check keeps waiting for it.'
