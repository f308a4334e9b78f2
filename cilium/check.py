# (C) Cilium integration authors 2026-present
# All rights reserved
# Licensed under a 3-clause BSD style license (see LICENSE)
from __future__ import annotations

from datadog_checks.base import OpenMetricsBaseCheckV2
from datadog_checks.base.errors import CheckException

from .component_scraper import CiliumScraper
from .configuration import endpoints_of, scraper_config
from .failures import explain_failure


class CiliumCheck(OpenMetricsBaseCheckV2):
    """
    Collects the metrics of the components of Cilium: one endpoint, and one scraper, for each configured component.

    What the components are and what they expose stands in `components.py`.
    """

    __NAMESPACE__ = 'cilium'

    # A node with Hubble metrics by pod has tens of thousands of series. `max_returned_metrics` sets a limit.
    DEFAULT_METRIC_LIMIT = 0

    def configure_scrapers(self) -> None:
        """Make a scraper for each endpoint of the instance. Raises `ConfigurationError` for one that is unusable."""
        self.scrapers = {
            url: CiliumScraper(self, component, scraper_config(component, url, self.instance, self.init_config))
            for url, component in endpoints_of(self.instance).items()
        }

    def check(self, _: object) -> None:
        """
        Scrape every endpoint, whatever happens to the others.

        Raises one `CheckException` at the end that names every endpoint that failed, and why.
        """
        failures: list[str] = []
        version = ''
        for url, scraper in self.scrapers.items():
            try:
                scraper.scrape()
            except Exception as e:
                self.log.debug('The scrape of %s failed', url, exc_info=True)
                failures.append(f'`{scraper.component.option}` {url}: {explain_failure(e, scraper.component)}')
            version = version or scraper.version
        if version:
            self.set_metadata('version', version)
        if failures:
            count = f'{len(failures)} of {len(self.scrapers)} endpoints could not be scraped'
            raise CheckException('\n'.join((f'{count}:', *failures)))
