# (C) Cilium integration authors 2026-present
# All rights reserved
# Licensed under a 3-clause BSD style license (see LICENSE)
"""Reading the body of an answer from an endpoint that is not trusted to end it."""

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

from ..text import quoted, sent_as_header
from .deadline import Deadline
from .limits import MAX_BODY_BYTES, MAX_ERROR_BYTES, MAX_LINE_CHARACTERS

CHUNK_BYTES = 64 * 1024
GZIP = 16
"""What `zlib` wants added to the size of its window for a stream with the header of gzip."""


class BodyError(RequestException):
    """
    The body of an answer is too long or cannot be read.

    It is no `ConnectionError`: the option `ignore_connection_errors` would hide it behind a service check that is OK.
    """


class StatusError(HTTPError):
    """An answer with the status of an error."""

    def __init__(self, response: Response, body: str) -> None:
        super().__init__(f'{response.status_code} {response.reason}', response=response)
        self.body = body
        """The beginning of its body."""


class Answer:
    """An answer that has begun. Its body is read, and worked on, within the deadline. Whoever gets one closes it."""

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
        Raise `HTTPError` for an answer that leads elsewhere, and `StatusError` for one that is an error.

        Of the body of an error, the beginning is read.
        """
        if 300 <= self._response.status_code < 400:
            raise HTTPError('the answer leads elsewhere', response=self._response)
        try:
            self._response.raise_for_status()
        except HTTPError as e:
            raise StatusError(self._response, self._beginning()) from e

    def _beginning(self) -> str:
        """Return the beginning of the body as text, as much as arrives."""
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
        """The whole body, decompressed: what `telemetry: true` measures where there is no Content-Length."""
        return b''.join(self._chunks())

    def pieces(self) -> Iterator[str]:
        """
        Yield the text of the body in pieces of whole lines, which end in `\\n`. The last one may lack it.

        The text format is always in UTF-8, whatever the header says: what is not becomes U+FFFD. A line longer than
        `MAX_LINE_CHARACTERS` may lose its end. Raises exceptions of `requests` for a connection that breaks, and
        `BodyError` for a body that is too long.
        """
        decoder = codecs.getincrementaldecoder('utf-8')(errors='replace')
        begun = ''
        for chunk in self._slices_of_content() if 'content' in self.__dict__ else self._chunks():
            self.deadline.check()  # Little may be waited for: a few KB can hold much, and so can what is buffered.
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
        """Yield the body, decompressed, in small pieces."""
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
        """Pass a body on. Raises `BodyError` when it is too long."""
        size = 0
        for chunk in chunks:
            size += len(chunk)
            if size > self._max_bytes:
                raise BodyError(f'the answer is larger than {self._max_bytes} bytes')
            yield chunk

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
        raise ContentDecodingError(
            f'the answer is compressed as {quoted(sent_as_header(encoding), 60)}, which the check does not read'
        )


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
    if isinstance(error, InvalidChunkLength) or any(isinstance(part, InvalidChunkLength) for part in error.args):
        return ChunkedEncodingError('the answer was cut off: where the length of a chunk should be is something else')
    if isinstance(error, ProtocolError):
        return ChunkedEncodingError(f'the answer was cut off: {error}')
    return BodyError(f'the answer could not be read: {error}')
