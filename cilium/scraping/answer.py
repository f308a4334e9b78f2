# (C) Cilium integration authors 2026-present
# All rights reserved
# Licensed under a 3-clause BSD style license (see LICENSE)
"""Reading response bodies of untrusted endpoints: bounded in size and time."""

from __future__ import annotations

import codecs
import zlib
from collections.abc import Iterator
from contextlib import suppress
from functools import cached_property, partial
from io import BytesIO
from types import TracebackType

from requests import Response
from requests.exceptions import ChunkedEncodingError, ContentDecodingError, HTTPError, ReadTimeout, RequestException
from urllib3.exceptions import HTTPError as Urllib3Error
from urllib3.exceptions import InvalidChunkLength, ProtocolError, ReadTimeoutError

from ..messages.text import quoted, sent_as_header
from .deadline import Deadline
from .limits import MAX_BODY_BYTES, MAX_ERROR_BYTES, MAX_LINE_CHARACTERS

CHUNK_BYTES = 64 * 1024
GZIP = 16
"""Added to the window size, it makes `zlib` expect a gzip header: https://docs.python.org/3/library/zlib.html"""


class BodyError(RequestException):
    """
    A body is too large or cannot be read.

    Not a `ConnectionError`, because the option `ignore_connection_errors` would hide it behind an OK service check.
    """


class StatusError(HTTPError):
    """A response with an error status."""

    def __init__(self, response: Response, body: str) -> None:
        super().__init__(f'{response.status_code} {response.reason}', response=response)
        self.body = body
        """The beginning of its body."""


class Answer:
    """A response whose headers have arrived. Its body is read within the deadline. The caller must close it."""

    def __init__(self, response: Response, deadline: Deadline, max_bytes: int = MAX_BODY_BYTES) -> None:
        self.headers = response.headers
        self.deadline = deadline
        self._response = response
        self._max_bytes = max_bytes

    def __enter__(self) -> Answer:
        return self

    def __exit__(
        self, _type: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        self.deadline.cancel()
        self._response.close()

    def raise_for_status(self) -> None:
        """
        Raise `HTTPError` for a redirect, and `StatusError`, with the beginning of the body, for an error status.
        """
        if 300 <= self._response.status_code < 400:
            raise HTTPError('the response leads elsewhere', response=self._response)
        try:
            self._response.raise_for_status()
        except HTTPError as e:
            raise StatusError(self._response, self._beginning()) from e

    def _beginning(self) -> str:
        """Return up to `MAX_ERROR_BYTES` of the body as text, or as much as arrives."""
        body = b''
        with suppress(RequestException):  # The status tells more than the end of the body.
            for chunk in self._chunks():
                body += chunk
                if len(body) >= MAX_ERROR_BYTES:
                    break
        # Without a character that was cut.
        return codecs.getincrementaldecoder('utf-8')(errors='replace').decode(body[:MAX_ERROR_BYTES])

    @property
    def content_type(self) -> str:
        return self.headers.get('Content-Type', '')

    @cached_property
    def content(self) -> bytes:
        """The whole body, decompressed. `telemetry: true` measures it if there is no Content-Length."""
        return b''.join(self._chunks())

    def pieces(self) -> Iterator[str]:
        """
        Yield the body as text, in pieces of whole lines that end in `\\n`. The last piece may lack it.

        The text format is always UTF-8, whatever the header says. Other bytes become U+FFFD. A line longer than
        `MAX_LINE_CHARACTERS` may be truncated. Raises exceptions of `requests` for a broken connection, and `BodyError`
        for a body that is too large.
        """
        decoder = codecs.getincrementaldecoder('utf-8')(errors='replace')
        begun = ''
        for chunk in self._slices_of_content() if 'content' in self.__dict__ else self._chunks():
            self.deadline.check()  # A few KB of gzip may expand to much, without a wait for the network.
            text = decoder.decode(chunk)
            end = text.rfind('\n') + 1
            if end:
                yield begun + text[:end]
                begun = ''
            begun = (begun + text[end:])[: MAX_LINE_CHARACTERS + 1]
        if begun := begun + decoder.decode(b'', final=True):
            yield begun

    def _slices_of_content(self) -> Iterator[bytes]:
        return iter(partial(BytesIO(self.content).read, CHUNK_BYTES), b'')

    def _chunks(self) -> Iterator[bytes]:
        """Yield the decompressed body in chunks."""
        return self._bounded(self._decoded(self._bounded(self._received())))

    def _received(self) -> Iterator[bytes]:
        """Yield the body as it arrives."""
        while True:
            try:
                # Not `stream` or `iter_content`: they wait until a chunk is full, however slowly it fills. And without
                # the decompression of urllib3, which has no limit in 2.5.0.
                chunk = self._response.raw.read1(CHUNK_BYTES, decode_content=False)
            except (Urllib3Error, OSError, ValueError) as e:
                self.deadline.check()
                raise _as_error_of_requests(e) from e
            if not chunk:
                self.deadline.check()  # A connection that is shut down looks like an end.
                return
            yield chunk

    def _bounded(self, chunks: Iterator[bytes]) -> Iterator[bytes]:
        """Yield the chunks unchanged. Raises `BodyError` once they exceed the limit."""
        size = 0
        for chunk in chunks:
            size += len(chunk)
            if size > self._max_bytes:
                raise BodyError(f'the response is larger than {self._max_bytes} bytes')
            yield chunk

    def _decoded(self, chunks: Iterator[bytes]) -> Iterator[bytes]:
        """
        Return the body decompressed. Only a single layer of gzip is accepted, as requested.

        https://www.rfc-editor.org/rfc/rfc9110#section-8.4.1
        """
        encoding = self.headers.get('Content-Encoding', '').strip().lower()
        if encoding in ('', 'identity'):
            return chunks
        if encoding in ('gzip', 'x-gzip'):
            return _inflated(chunks)
        raise ContentDecodingError(
            f'the response is compressed as {quoted(sent_as_header(encoding), 60)}, which the check does not support'
        )


def _inflated(chunks: Iterator[bytes]) -> Iterator[bytes]:
    """
    Yield a decompressed gzip stream in chunks of at most `CHUNK_BYTES`.

    Only one member is accepted, which is what servers send. RFC 1952 allows more, but many tiny members cost much CPU.
    Raises `ContentDecodingError` for a corrupt stream, `ChunkedEncodingError` for a truncated one.
    """
    inflate = zlib.decompressobj(zlib.MAX_WBITS | GZIP)
    received = False
    for chunk in chunks:
        received = True
        while chunk:
            try:
                piece = inflate.decompress(chunk, CHUNK_BYTES)
            except zlib.error as e:
                raise ContentDecodingError(f'the compressed response is damaged: {e}') from e
            if inflate.unused_data:
                raise ContentDecodingError('the compressed response is damaged: data follows its end')
            if piece:
                yield piece
            chunk = inflate.unconsumed_tail
    if received and not inflate.eof:
        raise ChunkedEncodingError('the response was cut off: its compressed data is incomplete')


def _as_error_of_requests(error: Exception) -> RequestException:
    """Translate an error of urllib3 into the one of `requests`, with a message about the response."""
    if isinstance(error, ReadTimeoutError):
        return ReadTimeout(f'the response stopped half-way: {error}')
    if isinstance(error, InvalidChunkLength) or any(isinstance(part, InvalidChunkLength) for part in error.args):
        return ChunkedEncodingError('the response was cut off: invalid chunk length')
    if isinstance(error, ProtocolError):
        return ChunkedEncodingError(f'the response was cut off: {error}')
    return BodyError(f'the response could not be read: {error}')
