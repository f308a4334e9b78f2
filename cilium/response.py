# (C) Cilium integration authors 2026-present
# All rights reserved
# Licensed under a 3-clause BSD style license (see LICENSE)
"""Reading the body of an answer from an endpoint that is not trusted to end it."""

from __future__ import annotations

import codecs
import time
from collections.abc import Iterator
from types import TracebackType

import requests
from requests.exceptions import ChunkedEncodingError, ContentDecodingError, ReadTimeout, RequestException
from urllib3.exceptions import DecodeError, ProtocolError, ReadTimeoutError
from urllib3.exceptions import HTTPError as Urllib3Error
from urllib3.response import BaseHTTPResponse

CHUNK_BYTES = 64 * 1024
MAX_BODY_BYTES = 256 * 1024 * 1024
"""About a million series. The body is never held as a whole; this ends one that does not end by itself."""
MAX_LINE_BYTES = 1024 * 1024
"""A line of an exposition has some hundred bytes."""


class BodyError(RequestException):
    """
    The body of an answer is too long or cannot be read.

    It is no `ConnectionError`: the option `ignore_connection_errors` would hide it behind a service check that is OK.
    """


class BoundedResponse:
    """
    An answer whose body must come to an end: within `max_seconds` and `MAX_BODY_BYTES`, in lines.

    It has those members of `requests.Response` that the base class's scraper uses. The timeouts of `requests` bound
    the wait for each packet only: an endpoint that sends one byte every few seconds would hold the check for ever.
    """

    def __init__(self, response: requests.Response, max_seconds: float) -> None:
        self._response = response
        self._max_seconds = max_seconds
        self._deadline = time.monotonic() + max_seconds
        self.headers = response.headers
        self.encoding = response.encoding
        self._body: bytes | None = None

    def __enter__(self) -> BoundedResponse:
        return self

    def __exit__(
        self, _type: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        self._response.close()

    def raise_for_status(self) -> None:
        self._response.raise_for_status()

    @property
    def content(self) -> bytes:
        """The whole body. The base class asks for it with `telemetry: true` when there is no Content-Length."""
        if self._body is None:
            self._body = b''.join(self._chunks())
        return self._body

    def iter_lines(self, decode_unicode: bool = True) -> Iterator[str]:
        """
        Yield the lines of the body as text, without their ends, split as `requests.Response.iter_lines` splits them.

        Raises the exceptions of `requests` for a connection that breaks, and `BodyError` for a body or a line that is
        too long.
        """
        decoder = codecs.getincrementaldecoder(self.encoding or 'utf-8')(errors='replace')
        pending = ''
        for chunk in self._chunks():
            text = pending + decoder.decode(chunk)
            lines = text.splitlines()
            pending = lines.pop() if lines and lines[-1] and lines[-1][-1] == text[-1] else ''
            if len(pending) > MAX_LINE_BYTES:
                raise BodyError(f'a line of the answer is longer than {MAX_LINE_BYTES} characters')
            yield from lines
        pending += decoder.decode(b'', final=True)
        if pending:
            yield pending

    def _chunks(self) -> Iterator[bytes]:
        """Yield the body, decompressed, in the pieces in which it arrives."""
        if self._body is not None:
            yield self._body
            return
        size = 0
        for chunk in iter(self._read, b''):
            size += len(chunk)
            if size > MAX_BODY_BYTES:
                raise BodyError(f'the answer is larger than {MAX_BODY_BYTES} bytes')
            if time.monotonic() > self._deadline:
                raise ReadTimeout(f'the answer was not complete after {self._max_seconds:g} seconds')
            yield chunk

    def _read(self) -> bytes:
        raw = self._response.raw
        if not isinstance(raw, BaseHTTPResponse):  # a stand-in, such as the test tools of `datadog_checks.dev` make
            return raw.read(CHUNK_BYTES)
        try:
            # Not `stream` or `iter_content`: they wait until a chunk is full, however slowly it fills.
            return raw.read1(CHUNK_BYTES, decode_content=True)
        except ReadTimeoutError as e:
            raise ReadTimeout(f'the answer stopped half-way: {e}') from e
        except ProtocolError as e:
            raise ChunkedEncodingError(f'the answer was cut off: {e}') from e
        except DecodeError as e:
            raise ContentDecodingError(f'the compressed answer is damaged: {e}') from e
        except Urllib3Error as e:
            raise BodyError(f'the answer could not be read: {e}') from e
