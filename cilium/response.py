# (C) Cilium integration authors 2026-present
# All rights reserved
# Licensed under a 3-clause BSD style license (see LICENSE)
"""Reading the body of an answer from an endpoint that is not trusted to end it."""

from __future__ import annotations

import codecs
import os
import zlib
from collections.abc import Iterator
from contextlib import suppress
from socket import socket
from types import TracebackType

import requests
from requests.exceptions import ChunkedEncodingError, ContentDecodingError, HTTPError, ReadTimeout, RequestException
from urllib3.exceptions import HTTPError as Urllib3Error
from urllib3.exceptions import ProtocolError, ReadTimeoutError
from urllib3.response import BaseHTTPResponse

from .deadline import Deadline

CHUNK_BYTES = 64 * 1024
MAX_BODY_BYTES = 128 * 1024 * 1024
"""Half a million series and more. The largest nodes have tens of MB. This ends a body that does not end by itself."""
GZIP = 16
"""What `zlib` wants added to the size of its window for a stream with the header of gzip."""
MAX_LINE_CHARACTERS = 1024 * 1024
"""A line of an exposition has some hundred characters."""


class BodyError(RequestException):
    """
    The body of an answer is too long or cannot be read.

    It is no `ConnectionError`: the option `ignore_connection_errors` would hide it behind a service check that is OK.
    """


class BoundedResponse:
    """
    An answer whose body must come to an end: within `max_seconds` and `MAX_BODY_BYTES`.

    It has those members of `requests.Response` that the base class's scraper uses. `deadline` is that of the request:
    without it, the time begins now. Whoever makes one closes it.
    """

    def __init__(self, response: requests.Response, max_seconds: float, deadline: Deadline | None = None) -> None:
        self._response = response
        if deadline is None:
            deadline = Deadline(max_seconds)
            # A stand-in has no connection.
            with suppress(OSError, ValueError, AttributeError), socket(fileno=os.dup(response.raw.fileno())) as own:
                deadline.watch(own)
        self._deadline = deadline
        self.headers = response.headers
        self.encoding = 'utf-8'
        """The text format is always in UTF-8, whatever the answer's header says or leaves out."""
        self._body: bytes | None = None

    def __enter__(self) -> BoundedResponse:
        return self

    def __exit__(
        self, _type: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        self._deadline.cancel()
        self._response.close()

    def raise_for_status(self) -> None:
        """Raise `HTTPError` for an answer that is an error or leads elsewhere. Its body is not read."""
        self._response.raise_for_status()
        if 300 <= self._response.status_code < 400:
            raise HTTPError('the answer leads elsewhere', response=self._response)

    @property
    def content(self) -> bytes:
        """The whole body. The base class asks for it with `telemetry: true` when there is no Content-Length."""
        if self._body is None:
            self._body = b''.join(self._chunks())
        return self._body

    def iter_lines(self, decode_unicode: bool = True) -> Iterator[str]:
        """
        Yield the body as text, in pieces of whole lines with their ends.

        The base class passes on what it gets here: see `RememberingScraper`. Raises the exceptions of `requests` for
        a connection that breaks, and `BodyError` for a body or a line that is too long.
        """
        decoder = codecs.getincrementaldecoder(self.encoding)(errors='replace')
        begun: list[str] = []
        length = 0
        for chunk in self._chunks():
            text = decoder.decode(chunk)
            end = text.rfind('\n') + 1
            if end:
                begun.append(text[:end])
                yield ''.join(begun)
                begun, length = [], 0
            begun.append(text[end:])
            length += len(text) - end
            if length > MAX_LINE_CHARACTERS:
                raise BodyError(f'a line of the answer is longer than {MAX_LINE_CHARACTERS} characters')
        begun.append(decoder.decode(b'', final=True))
        if text := ''.join(begun):
            yield text

    def _chunks(self) -> Iterator[bytes]:
        """Yield the body, decompressed, in small pieces."""
        if self._body is not None:
            yield from (self._body[start : start + CHUNK_BYTES] for start in range(0, len(self._body), CHUNK_BYTES))
            return
        yield from _bounded(self._decoded(_bounded(self._received())))

    def _received(self) -> Iterator[bytes]:
        """Yield the body as it arrives."""
        yield from iter(self._read, b'')
        if self._deadline.is_over:  # A connection that is shut down looks like an end.
            raise self._deadline.error()

    def _decoded(self, chunks: Iterator[bytes]) -> Iterator[bytes]:
        """
        Return the body without its compression. What was asked for is gzip, once: others are refused.

        https://www.rfc-editor.org/rfc/rfc9110#section-8.4.1
        """
        encoding = self.headers.get('Content-Encoding', '').strip().lower()
        if encoding in ('', 'identity'):
            return chunks
        if encoding in ('gzip', 'x-gzip'):
            return _inflated(chunks)
        raise ContentDecodingError(f'the answer is compressed as {encoding[:60]!r}, which the check does not read')

    def _read(self) -> bytes:
        raw = self._response.raw
        if not isinstance(raw, BaseHTTPResponse):  # a stand-in, such as the test tools of `datadog_checks.dev` make
            return raw.read(CHUNK_BYTES)
        try:
            # Not `stream` or `iter_content`: they wait until a chunk is full, however slowly it fills. And without the
            # decompression of urllib3, which has no limit in 2.5.0.
            return raw.read1(CHUNK_BYTES, decode_content=False)
        except (Urllib3Error, OSError, ValueError) as e:
            raise (self._deadline.error() if self._deadline.is_over else _as_error_of_requests(e)) from e


def _bounded(chunks: Iterator[bytes]) -> Iterator[bytes]:
    """Pass a body on. Raises `BodyError` when it is too long."""
    size = 0
    for chunk in chunks:
        size += len(chunk)
        if size > MAX_BODY_BYTES:
            raise BodyError(f'the answer is larger than {MAX_BODY_BYTES} bytes')
        yield chunk


def _inflated(chunks: Iterator[bytes]) -> Iterator[bytes]:
    """
    Yield what a gzip stream holds, in pieces of `CHUNK_BYTES` or less.

    A stream has one member, as all servers write it. RFC 1952 allows for more, and then a stream of a few bytes each
    costs much time. Raises `ContentDecodingError` for a damaged stream, `ChunkedEncodingError` for one without an end.
    """
    inflate = zlib.decompressobj(zlib.MAX_WBITS | GZIP)
    received = False
    for chunk in chunks:
        received = True
        while chunk:
            try:
                piece = inflate.decompress(chunk, CHUNK_BYTES)
            except zlib.error as e:
                raise ContentDecodingError(f'the compressed answer is damaged: {e}') from e
            if inflate.unused_data:
                raise ContentDecodingError('the compressed answer is damaged: something follows its end')
            if piece:
                yield piece
            chunk = inflate.unconsumed_tail
    if received and not inflate.eof:
        raise ChunkedEncodingError('the answer was cut off: the end of its compressed data is missing')


def _as_error_of_requests(error: Exception) -> RequestException:
    """Return what `requests` would raise for an error of urllib3, with what it means for an answer."""
    if isinstance(error, ReadTimeoutError):
        return ReadTimeout(f'the answer stopped half-way: {error}')
    if isinstance(error, ProtocolError):
        return ChunkedEncodingError(f'the answer was cut off: {error}')
    return BodyError(f'the answer could not be read: {error}')
